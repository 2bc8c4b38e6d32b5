namespace Onnxc.Runtime;

/// <summary>What goes into a run and comes out of it: a tensor, a sequence, a map, or an empty optional.</summary>
public abstract class RuntimeValue
{
    private protected RuntimeValue() { }

    /// <summary>True when both hold the same: bit for bit, extents and structure included.</summary>
    public abstract bool ContentEquals(RuntimeValue other);
}
