using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>Operators that rearrange elements, pick some out, or pool them.</summary>
sealed partial class TokenTransfer
{
    (IReadOnlyList<TokenLayout?>, string?) Transpose()
    {
        if (First is not { } layout) return Unknown();
        var permutation = node.Attributes.Has("perm") ? node.Attributes.Ints("perm")?.Select(p => (int)p).ToList() : [.. Enumerable.Range(0, layout.Rank).Reverse()];
        return permutation?.Count == layout.Rank ? ([layout.Permuted(permutation)], null) : Unknown();
    }

    (IReadOnlyList<TokenLayout?>, string?) Reshape()
    {
        if (First is not { } layout) return Unknown();
        if (node.Output.Shape is not { } shape || shape.Dims.Count(d => !d.IsFixed) > 1) return Refuse("the target of a reshape is not known");
        if (layout.Regrouped(shape) is not { } regrouped) return Refuse("a reshape does not keep tokens on an axis");
        // Where the target copies or infers the extent, it follows by itself.
        if (node.Op.Name == "Reshape" && layout.IsMerged) flow.Add(new TokenSite.Target(node, regrouped));
        return ([regrouped], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Extents()
    {
        if (First is { IsMerged: true } layout) flow.Add(new TokenSite.Extents(node, layout));
        return ([null], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Concat()
    {
        if (node.Output.Shape is not { } shape || Axis(node.Attributes.Int("axis"), shape.Rank) is not { } axis) return Unknown();
        var given = inputs.Where(l => l is not null).ToList();
        if (given.Exists(l => l!.IsMergedOn(axis))) return Refuse("tokens are put behind others");
        for (var a = 0; a < shape.Rank; a++)
            if (a != axis && given.Exists(l => l!.IsMergedOn(a)) && inputs.Any(l => l is null || !l.Axes[a].AsSpan().SequenceEqual(given[0]!.Axes[a].AsSpan())))
                return Refuse("a value from elsewhere has an entry for each token");
        return given[0]!.HasTokensOn(axis) ? Refuse("tokens are put behind others") : ([given[0]!.With(axis, TokenLayout.Plain(shape[axis]))], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Split()
    {
        if (First is not { } layout || Axis(node.Attributes.Int("axis", 0), layout.Rank) is not { } axis) return Unknown();
        if (layout.HasTokensOn(axis)) return Refuse("tokens are divided among several values");
        if (layout.Axes[axis].Any(f => f.Kind == FactorKind.Batch)) return ([.. node.Outputs.Select(_ => layout)], null);
        if (node.Outputs.Any(o => o.HasUses && o.Shape?.Rank != layout.Rank)) return Refuse("a shape is not known");
        return ([.. node.Outputs.Select(o => o.Shape is { } s && s.Rank == layout.Rank ? layout.With(axis, TokenLayout.Plain(s[axis])) : null)], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Slice()
    {
        if (First is not { } layout || node.Output.Shape is not { } shape || shape.Rank != layout.Rank) return Unknown();
        if (ConstantVector.Int64s(node.Input(1)) is not { } starts || ConstantVector.Int64s(node.Input(2)) is not { } ends) return Refuse("a slice is computed");
        var axes = node.Input(3) is { } given ? ConstantVector.Int64s(given) : [.. starts.Select((_, i) => (long)i)];
        var steps = node.Input(4) is { } stepped ? ConstantVector.Int64s(stepped) : [.. starts.Select(_ => 1L)];
        if (axes?.Length != starts.Length || steps?.Length != starts.Length || ends.Length != starts.Length) return Refuse("a slice is computed");
        for (var i = 0; i < starts.Length; i++)
        {
            if (Axis(axes[i], layout.Rank) is not { } axis) return Unknown();
            if (!layout.HasTokensOn(axis))
            {
                if (layout.Axes[axis].All(f => f.Kind == FactorKind.Other)) layout = layout.With(axis, TokenLayout.Plain(shape[axis]));
                continue;
            }
            if (Cut(layout, axis, starts[i], ends[i], steps[i]) is not { } cut) return Refuse("tokens are picked out by their places");
            layout = cut;
        }
        return ([layout], null);
    }

    // The tokens behind some first ones, or one of the first two: tokens of a class and of distillation.
    TokenLayout? Cut(TokenLayout layout, int axis, long start, long end, long step)
    {
        if (layout.Axes[axis] is not [{ IsToken: true } tokens] || step != 1) return null;
        if (start < 0) start += tokens.Extent;
        if (end < 0) end += tokens.Extent;
        if (start == 0 && end >= tokens.Extent) return layout;
        if (start is 1 or 2 && end >= tokens.Extent && tokens.Start + start <= 2)
        {
            if (tokens.IsMerged) flow.Keep(tokens.Start, (int)start);
            return layout.With(axis, tokens with { Start = tokens.Start + (int)start, Extent = tokens.Extent - start });
        }
        if (start + tokens.Start > 1 || end != start + 1) return null;
        if (tokens.IsMerged) flow.Keep(tokens.Start + (int)start, 1);
        return layout.With(axis, new AxisFactor(FactorKind.Other, 1));
    }

    (IReadOnlyList<TokenLayout?>, string?) Gather()
    {
        if (First is not { } layout || inputs.Count > 1 && inputs[1] is not null) return Refuse("tokens are picked out by what is computed");
        if (node.Output.Shape is not { } shape || node.Input(1)?.Shape is not { } indices || Axis(node.Attributes.Int("axis", 0), layout.Rank) is not { } axis) return Unknown();
        if (layout.HasTokensOn(axis))
        {
            var index = node.Input(1)!.Constant is { ElementCount: 1, Element: ElementType.Int64 } one ? one.ToArray<long>()[0]
                : node.Input(1)!.Constant is { ElementCount: 1, Element: ElementType.Int32 } small ? small.ToArray<int>()[0] : -1;
            if (index < 0 || Cut(layout, axis, index, index + 1, 1) is not { } cut || cut.HasTokensOn(axis)) return Refuse("tokens are picked out by their places");
            layout = cut;
        }
        var inserted = Enumerable.Range(axis, indices.Rank).Select(a => TokenLayout.Plain(shape[a]));
        return ([new([.. layout.Axes.Take(axis), .. inserted, .. layout.Axes.Skip(axis + 1)])], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Expand()
    {
        if (First is null || node.Output.Shape is not { } shape) return Unknown();
        var (joined, reason) = Spread([0], shape, 0);
        if (joined is null) return Refuse(reason!);
        if (!joined.IsMerged) return ([joined], null);
        // A target of ones keeps what the input has; what it adds has to be known.
        var own = node.Input(0)!.Shape!;
        for (var axis = 0; axis < shape.Rank; axis++)
        {
            var at = axis - (shape.Rank - own.Rank);
            if (!shape[axis].IsFixed && (at < 0 || own[at] is { IsFixed: true })) return Refuse("an expansion is computed");
        }
        flow.Add(new TokenSite.Target(node, joined));
        return ([joined], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Reduce()
    {
        if (First is not { } layout) return Unknown();
        var isArgument = node.Op.Name.StartsWith("Arg", StringComparison.Ordinal);
        var axes = isArgument ? [node.Attributes.Int("axis", 0) ?? layout.Rank] : node.Attributes.Has("axes") ? node.Attributes.Ints("axes")?.ToArray() : ConstantVector.Int64s(node.Input(1));
        if (axes is not { Length: > 0 }) return Unknown();
        var reduced = axes.Select(a => Axis(a, layout.Rank) ?? -1).ToHashSet();
        if (reduced.Contains(-1)) return Unknown();
        if (reduced.FirstOrDefault(layout.HasTokensOn, -1) is var pooled and >= 0)
        {
            if (!layout.IsTokens(pooled) || reduced.Count > 1) return Refuse("tokens are pooled together with more");
            if (node.Op.Name is not ("ReduceMean" or "ReduceSum") && layout.IsMergedOn(pooled)) return Refuse("tokens are pooled by something else than their mean or sum");
            if (layout.IsMergedOn(pooled)) flow.Add(new TokenSite.Pool(node, layout, pooled));
        }
        var keeps = node.Attributes.Int("keepdims", 1) != 0;
        var left = layout.Axes.Select((factors, axis) => reduced.Contains(axis) ? keeps ? [new AxisFactor(FactorKind.Other, 1)] : default : factors);
        return ([new([.. left.Where(f => !f.IsDefault)])], null);
    }

    (IReadOnlyList<TokenLayout?>, string?) Pool()
    {
        if (First is not { Rank: >= 3 } layout) return Unknown();
        var spatial = Enumerable.Range(2, layout.Rank - 2).ToList();
        if (layout.HasTokensOn(0) || layout.HasTokensOn(1)) return ([spatial.Aggregate(layout, (l, axis) => l.With(axis, new AxisFactor(FactorKind.Other, 1)))], null);
        var pooled = spatial.Find(layout.HasTokensOn);
        if (!layout.IsTokens(pooled) || spatial.Exists(a => a != pooled && layout.Axes[a].Any(f => f.Extent != 1))) return Refuse("tokens are pooled together with more");
        if (layout.IsMergedOn(pooled)) flow.Add(new TokenSite.Pool(node, layout, pooled));
        return ([layout.With(pooled, new AxisFactor(FactorKind.Other, 1))], null);
    }
}
