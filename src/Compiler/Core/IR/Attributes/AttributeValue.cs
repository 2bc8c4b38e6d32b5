using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>
/// Value of an attribute: immutable, and equal when kind and content are equal. Graphs alone are compared by identity, since they are mutable.
/// </summary>
public abstract class AttributeValue : IEquatable<AttributeValue>
{
    private protected AttributeValue(AttributeKind kind) => Kind = kind;

    public AttributeKind Kind { get; }

    /// <summary>What the reader saw; only serialization looks inside.</summary>
    internal object? Origin { get; init; }

    public static implicit operator AttributeValue(long value) => new IntAttribute(value);
    public static implicit operator AttributeValue(float value) => new FloatAttribute(value);
    public static implicit operator AttributeValue(string value) => new StringAttribute(value);
    public static implicit operator AttributeValue(long[] values) => new IntsAttribute([.. values]);
    public static implicit operator AttributeValue(float[] values) => new FloatsAttribute([.. values]);
    public static implicit operator AttributeValue(TensorData value) => new TensorAttribute(value);

    /// <summary>Subgraphs held by the attribute, in order.</summary>
    public virtual ImmutableArray<Graph> Graphs => [];

    public abstract bool Equals(AttributeValue? other);

    public sealed override bool Equals(object? obj) => Equals(obj as AttributeValue);

    public abstract override int GetHashCode();
}
