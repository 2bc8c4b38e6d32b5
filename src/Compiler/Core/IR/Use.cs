namespace Onnxc.IR;

/// <summary>One use of a value: input <paramref name="Slot"/> of a node, or output <paramref name="Slot"/> of a graph.</summary>
public readonly record struct Use(IUser User, int Slot)
{
    /// <summary>The using node, or null when the use is a graph output or an annotation.</summary>
    public Node? Node => User as Node;

    public bool IsGraphOutput => User is Graph;
}
