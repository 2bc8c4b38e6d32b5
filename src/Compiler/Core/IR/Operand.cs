namespace Onnxc.IR;

/// <summary>
/// A slot of a user and its link in the use list of the value it holds. Slot and list change together, here and nowhere else, so they
/// cannot disagree; linking and unlinking take constant time, however many uses a value has.
/// </summary>
sealed class Operand(IUser user, int slot)
{
    Operand? previous;

    public IUser User { get; } = user;
    public int Slot { get; set; } = slot;
    public Value? Value { get; private set; }
    public Operand? Next { get; private set; }

    public void Set(Value? value)
    {
        if (ReferenceEquals(Value, value)) return;
        if (Value is not null)
        {
            if (previous is null) Value.FirstUse = Next;
            else previous.Next = Next;
            if (Next is null) Value.LastUse = previous;
            else Next.previous = previous;
            Value.UseCount--;
            previous = Next = null;
        }
        Value = value;
        if (value is null) return;
        previous = value.LastUse;
        if (previous is null) value.FirstUse = this;
        else previous.Next = this;
        value.LastUse = this;
        value.UseCount++;
    }
}
