namespace Onnxc.IR;

/// <summary>
/// A model-local function. Its body captures nothing, has opsets and attribute parameters of its own, and no initializers
/// (weights become <c>Constant</c> nodes).
/// </summary>
public sealed class Function
{
    internal Function(Model model, OpId id, OpsetImports opsets)
    {
        (Model, Id, Opsets) = (model, id, opsets);
        Body = new Graph(model, null, this) { Name = id.Name };
    }

    public Model Model { get; }
    public OpId Id { get; }
    public Graph Body { get; }
    public OpsetImports Opsets { get; set; }

    /// <summary>Attribute parameters that a call must give.</summary>
    public IReadOnlyList<string> RequiredAttributes { get; internal set; } = [];

    /// <summary>Attribute parameters with their defaults.</summary>
    public AttributeMap DefaultAttributes { get; } = new();

    public string? DocString { get; internal set; }

    internal object? Origin { get; set; }

    public override string ToString() => Id.ToString();
}
