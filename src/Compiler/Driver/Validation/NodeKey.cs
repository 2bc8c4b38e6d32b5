using Onnxc.IR;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// What decides the results of a node: operator and version, attributes in the order of their names, and <paramref name="parts"/>: numbers of
/// inputs (0 where one is left out) and bodies. Bodies and graph inputs have keys of this form too, told apart by <paramref name="tag"/>.
/// </summary>
sealed class NodeKey(OpId op, long version, string tag, IReadOnlyList<KeyValuePair<string, AttributeValue>> attributes, int[] parts) : IEquatable<NodeKey>
{
    readonly OpId op = op;
    readonly long version = version;
    readonly string tag = tag;
    readonly IReadOnlyList<KeyValuePair<string, AttributeValue>> attributes = attributes;
    readonly int[] parts = parts;

    public static NodeKey Tagged(string tag, params int[] parts) => new(default, 0, tag, [], parts);

    public bool Equals(NodeKey? other)
    {
        if (other is null || op != other.op || version != other.version || tag != other.tag || attributes.Count != other.attributes.Count
            || !parts.AsSpan().SequenceEqual(other.parts)) return false;
        for (var i = 0; i < attributes.Count; i++)
            if (attributes[i].Key != other.attributes[i].Key || !attributes[i].Value.Equals(other.attributes[i].Value)) return false;
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as NodeKey);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(op);
        hash.Add(tag);
        foreach (var part in parts) hash.Add(part);
        // Tensors and graphs are left to Equals: hashing them would read weights.
        foreach (var (name, value) in attributes)
            hash.Add(value is IntAttribute or IntsAttribute or StringAttribute ? HashCode.Combine(name, value) : name.GetHashCode(StringComparison.Ordinal));
        return hash.ToHashCode();
    }
}
