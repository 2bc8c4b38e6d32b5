using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>A list of tensors, all dense or all sparse.</summary>
public sealed class TensorsAttribute(ImmutableArray<TensorData> values, bool sparse = false)
    : AttributeValue(sparse ? AttributeKind.SparseTensors : AttributeKind.Tensors)
{
    public ImmutableArray<TensorData> Values { get; } = values;
    public override bool Equals(AttributeValue? other) =>
        other is TensorsAttribute a && a.Kind == Kind && a.Values.Length == Values.Length && a.Values.Zip(Values, (x, y) => x.ContentEquals(y)).All(x => x);
    public override int GetHashCode() => AttributeHash.Of([.. Values.Select(v => v.ContentHash())]);
}
