namespace Onnxc.IR;

/// <summary>
/// Says which values hold the quantization parameters of <see cref="Target"/> (keys such as <c>SCALE_TENSOR</c>). A user of those values,
/// so that they stay alive; not of the target.
/// </summary>
public sealed class QuantizationAnnotation : IUser
{
    readonly Operand[] operands;

    internal QuantizationAnnotation(Graph graph, Value target, IReadOnlyList<(string Key, Value Value)> parameters)
    {
        (Graph, Target) = (graph, target);
        Keys = [.. parameters.Select(p => p.Key)];
        operands = new Operand[parameters.Count];
        for (var i = 0; i < operands.Length; i++) (operands[i] = new Operand(this, i)).Set(parameters[i].Value);
    }

    public Graph Graph { get; }
    public Value Target { get; }
    public IReadOnlyList<string> Keys { get; }

    public Value? Parameter(int slot) => operands[slot].Value;

    public void SetOperand(int slot, Value? value)
    {
        operands[slot].Set(value);
        Graph.Touch();
    }

    internal object? Origin { get; set; }

    internal void DropOperands()
    {
        foreach (var operand in operands) operand.Set(null);
    }
}
