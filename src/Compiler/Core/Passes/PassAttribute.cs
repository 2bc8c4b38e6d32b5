namespace Onnxc.Passes;

/// <summary>Name (kebab case of the class) and one-line summary of a pass: an equation, or what it does, or its paper.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PassAttribute(string name, string summary) : Attribute
{
    public string Name { get; } = name;
    public string Summary { get; } = summary;
    public Numerics Numerics { get; init; } = Numerics.Exact;

    /// <summary>False when the pass works on the whole model and a <c>where</c> predicate over nodes has no meaning for it.</summary>
    public bool SupportsWhere { get; init; } = true;

    /// <summary>True when the pass takes outputs of the model away, as it is asked to: those that are left have to stay the same.</summary>
    public bool DropsOutputs { get; init; }

    /// <summary>True when ONNX Runtime does the same on loading before it fuses anything, so that no fusion is lost to the pass.</summary>
    public bool PreservesFusions { get; init; }
}
