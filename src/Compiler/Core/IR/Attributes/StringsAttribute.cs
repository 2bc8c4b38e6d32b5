using System.Collections.Immutable;
using System.Text;

namespace Onnxc.IR;

public sealed class StringsAttribute(ImmutableArray<ImmutableArray<byte>> values) : AttributeValue(AttributeKind.Strings)
{
    public StringsAttribute(IEnumerable<string> values) : this([.. values.Select(v => ImmutableArray.Create(Encoding.UTF8.GetBytes(v)))]) { }

    public ImmutableArray<ImmutableArray<byte>> Values { get; } = values;
    public IEnumerable<string> Texts => Values.Select(v => Encoding.UTF8.GetString(v.AsSpan()));
    public override bool Equals(AttributeValue? other) =>
        other is StringsAttribute a && a.Values.Length == Values.Length && a.Values.Zip(Values, (x, y) => x.AsSpan().SequenceEqual(y.AsSpan())).All(x => x);
    public override int GetHashCode() => AttributeHash.Of([.. Values.Select(AttributeHash.Of)]);
}
