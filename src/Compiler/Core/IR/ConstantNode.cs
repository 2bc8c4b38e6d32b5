using System.Runtime.CompilerServices;

namespace Onnxc.IR;

/// <summary>Reads the value of a <c>Constant</c> node, in any of the forms that operator versions 1 to 25 allow.</summary>
static class ConstantNode
{
    // The short forms (value_int, value_floats, ...) need a tensor built; a node asks for its own again and again.
    static readonly ConditionalWeakTable<AttributeValue, TensorData> Built = [];

    public static TensorData? Read(Node node)
    {
        foreach (var (_, value) in node.Attributes)
        {
            if (value is ReferenceAttribute) return null;
            if (value is TensorAttribute t) return t.Value;
            if (Built.TryGetValue(value, out var known)) return known;
            TensorData? tensor = value switch
            {
                IntAttribute a => TensorData.Scalar(a.Value),
                FloatAttribute a => TensorData.Scalar(a.Value),
                StringAttribute a => new StringTensor([], [a.Bytes.ToArray()]),
                IntsAttribute a => TensorData.Int64s(a.Values.AsSpan()),
                FloatsAttribute a => TensorData.Floats(a.Values.AsSpan()),
                StringsAttribute a => new StringTensor([a.Values.Length], [.. a.Values.Select(v => v.ToArray())]),
                _ => null,
            };
            if (tensor is not null) Built.AddOrUpdate(value, tensor);
            return tensor;
        }
        return null;
    }
}
