using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>What adapters do to nodes.</summary>
static class NodeEditing
{
    /// <summary>Makes nodes and constants in front of <paramref name="node"/>.</summary>
    public static GraphBuilder Before(this Node node) => new(node.Graph, node, "convert-opset");

    /// <summary>
    /// Takes an attribute off and returns a constant of its value: numbers become scalars, lists vectors. A parameter of the function becomes
    /// a <c>Constant</c> node that refers to it, which version 12 introduced. Null when the node does not have the attribute.
    /// </summary>
    public static Value? TakeOff(this Node node, string attribute)
    {
        var value = node.Attributes[attribute];
        if (value is null) return null;
        var constant = value switch
        {
            IntAttribute a => node.Before().Constant(TensorData.Scalar(a.Value)),
            IntsAttribute a => node.Before().Constant(TensorData.Int64s(a.Values.AsSpan())),
            FloatAttribute a => node.Before().Constant(TensorData.Scalar(a.Value)),
            FloatsAttribute a => node.Before().Constant(TensorData.Floats(a.Values.AsSpan())),
            ReferenceAttribute a => node.Before().Op("Constant", [], (ShortForm(a.Kind), a)),
            _ => throw new InvalidOperationException($"`{attribute}` of {node} is no number"),
        };
        node.RemoveAttribute(attribute);
        return constant;
    }

    /// <summary>A scalar of type <paramref name="element"/>; null when that is none of the types that have attributes of their own in old versions.</summary>
    public static TensorData? Scalar(ElementType element, float value) => element switch
    {
        ElementType.Float => TensorData.Scalar(value),
        ElementType.Float16 => TensorData.Of<Half>(element, [], [(Half)value]),
        ElementType.Double => TensorData.Of<double>(element, [], [value]),
        _ => null,
    };

    public static bool IsParameter(this Node node, string attribute) => node.Attributes[attribute] is ReferenceAttribute;

    static string ShortForm(AttributeKind kind) => kind switch
    {
        AttributeKind.Int => "value_int",
        AttributeKind.Ints => "value_ints",
        AttributeKind.Float => "value_float",
        _ => "value_floats",
    };
}
