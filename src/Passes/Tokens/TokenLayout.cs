using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>What the axes of a value count: factors of every axis, the outer ones first. An axis without factors has an extent of one.</summary>
sealed class TokenLayout(ImmutableArray<ImmutableArray<AxisFactor>> axes)
{
    public ImmutableArray<ImmutableArray<AxisFactor>> Axes => axes;

    public int Rank => axes.Length;

    public IEnumerable<AxisFactor> Factors => axes.SelectMany(a => a);

    public bool HasTokens => Factors.Any(f => f.IsToken);

    public bool IsMerged => Factors.Any(f => f.IsMerged);

    public bool IsTokens(int axis) => axes[axis] is [{ IsToken: true }];

    public bool HasTokensOn(int axis) => axes[axis].Any(f => f.IsToken);

    public bool IsMergedOn(int axis) => axes[axis].Any(f => f.IsMerged);

    public TokenLayout With(int axis, params ImmutableArray<AxisFactor> factors) => new(axes.SetItem(axis, factors));

    public TokenLayout Permuted(IReadOnlyList<int> permutation) => new([.. permutation.Select(a => axes[a])]);

    /// <summary>The factors of an axis that counts neither tokens nor samples.</summary>
    public static ImmutableArray<AxisFactor> Plain(Dim dim) => [new(FactorKind.Other, dim.IsFixed ? dim.Extent : -1)];

    /// <summary>
    /// The factors of this layout on the axes of <paramref name="shape"/>, which has the same elements in the same order; null when that would
    /// cut tokens or samples in pieces, or is not known.
    /// </summary>
    public TokenLayout? Regrouped(Shape shape)
    {
        var left = new LinkedList<AxisFactor>(Factors.Where(f => f.Extent != 1 || f.Kind != FactorKind.Other));
        var result = new ImmutableArray<AxisFactor>[shape.Rank];
        var free = Enumerable.Range(0, shape.Rank).Where(a => !shape[a].IsFixed).ToList();
        if (free.Count > 1) return null;
        var split = free.Count == 1 ? free[0] : shape.Rank;
        for (var axis = 0; axis < split; axis++)
            if (!TryTake(left, shape[axis].Extent, true, out result[axis])) return null;
        for (var axis = shape.Rank - 1; axis > split; axis--)
            if (!TryTake(left, shape[axis].Extent, false, out result[axis])) return null;
        if (free.Count == 1) result[split] = [.. left];
        else if (left.Any(f => f.Extent != 1)) return null;
        return new([.. result]);
    }

    static bool TryTake(LinkedList<AxisFactor> left, long extent, bool first, out ImmutableArray<AxisFactor> taken)
    {
        taken = [];
        if (extent < 1) return false;
        var needed = extent;
        do
        {
            if ((first ? left.First : left.Last) is not { Value: var next }) break;
            if (needed == 1 && (next.Extent != 1 || taken.Length > 0)) break;
            if (next.Extent < 1) return false;
            var rest = 1L;
            if (needed % next.Extent != 0)
            {
                if (next.Kind != FactorKind.Other || next.Extent % needed != 0) return false;
                (rest, next) = (next.Extent / needed, next with { Extent = needed });
            }
            if (first) left.RemoveFirst();
            else left.RemoveLast();
            if (rest > 1 && first) left.AddFirst(next with { Extent = rest });
            else if (rest > 1) left.AddLast(next with { Extent = rest });
            taken = first ? taken.Add(next) : taken.Insert(0, next);
            needed /= next.Extent;
        }
        while (needed > 1);
        return needed == 1;
    }
}
