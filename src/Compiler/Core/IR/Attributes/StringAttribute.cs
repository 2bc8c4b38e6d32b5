using System.Collections.Immutable;
using System.Text;

namespace Onnxc.IR;

/// <summary>A string, kept as bytes: the format allows any, operators expect UTF-8.</summary>
public sealed class StringAttribute(ImmutableArray<byte> bytes) : AttributeValue(AttributeKind.String)
{
    public StringAttribute(string text) : this([.. Encoding.UTF8.GetBytes(text)]) { }

    public ImmutableArray<byte> Bytes { get; } = bytes;
    public string Text => Encoding.UTF8.GetString(Bytes.AsSpan());
    public override bool Equals(AttributeValue? other) => other is StringAttribute a && a.Bytes.AsSpan().SequenceEqual(Bytes.AsSpan());
    public override int GetHashCode() => AttributeHash.Of(Bytes);
}
