using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Onnxc.IR;

/// <summary>
/// Attributes of a node or defaults of a function, in file order. Typed getters yield null both when the attribute is absent and when it
/// is a reference to a function's parameter; <see cref="Has"/> tells the two apart.
/// </summary>
public sealed class AttributeMap : IEnumerable<KeyValuePair<string, AttributeValue>>
{
    readonly List<KeyValuePair<string, AttributeValue>> items = [];

    public int Count => items.Count;

    public AttributeValue? this[string name]
    {
        get
        {
            foreach (var item in items)
                if (item.Key == name) return item.Value;
            return null;
        }
    }

    public bool Has(string name) => this[name] is not null;

    public bool TryGet(string name, [NotNullWhen(true)] out AttributeValue? value) => (value = this[name]) is not null;

    public long? Int(string name) => (this[name] as IntAttribute)?.Value;

    public float? Float(string name) => (this[name] as FloatAttribute)?.Value;

    public string? Text(string name) => (this[name] as StringAttribute)?.Text;

    public System.Collections.Immutable.ImmutableArray<long>? Ints(string name) => (this[name] as IntsAttribute)?.Values;

    public TensorData? Tensor(string name) => (this[name] as TensorAttribute)?.Value;

    /// <summary>Value of an integer attribute whose absence means <paramref name="otherwise"/>; null when it is not known here.</summary>
    public long? Int(string name, long otherwise) => Has(name) ? Int(name) : otherwise;

    /// <summary>Value of a float attribute whose absence means <paramref name="otherwise"/>; null when it is not known here.</summary>
    public float? Float(string name, float otherwise) => Has(name) ? Float(name) : otherwise;

    internal void Set(string name, AttributeValue value)
    {
        var index = items.FindIndex(i => i.Key == name);
        if (index < 0) items.Add(new(name, value));
        else items[index] = new(name, value);
    }

    // The reader keeps duplicates, which the format forbids but files have; lookups see the first.
    internal void Append(string name, AttributeValue value) => items.Add(new(name, value));

    internal bool Remove(string name) => items.RemoveAll(i => i.Key == name) > 0;

    public IEnumerator<KeyValuePair<string, AttributeValue>> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
