using System.Collections.Immutable;

namespace Onnxc.IR;

static class AttributeHash
{
    public static int Of<T>(ImmutableArray<T> values)
    {
        var hash = new HashCode();
        foreach (var value in values) hash.Add(value);
        return hash.ToHashCode();
    }
}
