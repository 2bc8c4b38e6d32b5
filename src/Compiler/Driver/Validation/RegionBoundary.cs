using Onnxc.IR;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Decides at which values the regions that show obligations begin: values that both models have by number, can be made up at random, and are
/// not themselves to be shown. Since both sides decide by number, they begin at the same values.
/// </summary>
sealed class RegionBoundary(ModelNumbering original, ModelNumbering result, IEnumerable<Obligation> obligations, BoundaryTypes types)
{
    // Vectors this short are sizes, scales or bounds more often than data.
    const long ShortVector = 8;

    readonly HashSet<int> targets = [.. obligations.Select(o => original.NumberOf(o.Original))];
    readonly Dictionary<int, bool> known = [];

    public bool Contains(int number)
    {
        if (!known.TryGetValue(number, out var begins))
            known[number] = begins = !targets.Contains(number) && result.Representative(number) is not null
                && original.Representative(number) is { } value && !IsComputed(value, number);
        return begins;
    }

    // Random integers are rarely valid shapes, indices or masks, and a value of unknown extents cannot be made up: better computed from
    // what they come from, unless that is a computation of its own.
    bool IsComputed(Value value, int number)
    {
        if (value.Producer is not { } producer || producer.Subgraphs.Any() || producer.Graph.Model.Functions[producer.Op] is not null) return false;
        return types.TypeOf(number) is not TensorType { Shape: { } shape } type || shape.Dims.Any(d => d.IsUnknown) || !type.Element.IsFloatingPoint()
            || (shape.Rank <= 1 && (shape.ElementCount ?? ShortVector + 1) <= ShortVector);
    }
}
