using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>What <c>Reshape</c> makes of its shape operand, and shape operands that make a given shape.</summary>
static class ReshapeRule
{
    /// <summary>
    /// Extents of the output. An element that is computed and comes out as 0 copies the input's extent, so that it counts as the extent
    /// only where that makes no difference.
    /// </summary>
    public static ImmutableArray<SymbolicInt>? OutputOf(ShapeAnalysis analysis, Node node)
    {
        if (Target(analysis, node) is not { } target || analysis.ShapeOf(node.Input(0)) is not { } x) return null;
        // Then 0 means 0, beside which nothing can be inferred.
        var keepsZero = node.Attributes.Int("allowzero", 0) != 0;
        if (keepsZero && target.Any(t => !t.Is(-1) && !(t.Minimum >= 0))) return null;

        var symbols = analysis.Symbols;
        var count = x.Aggregate(SymbolicInt.One, symbols.Multiply);
        var inferred = -1;
        var result = new SymbolicInt[target.Length];
        for (var i = 0; i < target.Length; i++)
        {
            if (target[i].Is(-1)) inferred = inferred < 0 ? i : target.Length;
            else if (keepsZero) result[i] = target[i];
            else if (target[i].Is(0) && i >= x.Length) return null;
            else if (target[i].Is(0)) result[i] = x[i];
            else if (MeansItself(target[i], i, x)) result[i] = target[i];
            else result[i] = target[i].Minimum >= 0 ? symbols.Reshaped(target[i], x[i]) : symbols.Axis(node.Output, i);
        }
        if (inferred == target.Length) return null;
        if (keepsZero && inferred < 0) return target;
        if (inferred < 0)
        {
            // One extent in doubt is what the others leave, unless one of them is 0: then it could be anything.
            var open = Enumerable.Range(0, result.Length).Where(i => !target[i].Is(0) && !MeansItself(target[i], i, x)).ToList();
            var isDecided = open.Count == 1 && result.Index().All(r => r.Index == open[0] || r.Item.IsPositive);
            if (isDecided && Quotient(symbols, count, result, open[0]) is { } left) result[open[0]] = left;
            return [.. result];
        }
        result[inferred] = Quotient(symbols, count, result, inferred)
            ?? symbols.Function($"({count}) left by ({string.Join(", ", result.Where((_, i) => i != inferred))})", 0);
        return [.. result];
    }

    /// <summary>The requested extents; null when not known.</summary>
    public static ImmutableArray<SymbolicInt>? Target(ShapeAnalysis analysis, Node node)
    {
        if (node.Attributes.Has("shape")) return node.Attributes.Ints("shape") is { } values ? [.. values.Select(SymbolicInt.Of)] : null;
        return analysis.ElementsOf(node.Input(1)) is { IsScalar: false } small ? small.Elements : null;
    }

    /// <summary>
    /// A constant operand that makes <paramref name="target"/> of a tensor of shape <paramref name="x"/>: extents that are the same in every
    /// run, 0 for those that the input has at the same axis, and at most one -1. Null, with a reason, when there is none.
    /// </summary>
    /// <param name="target">Extents; or elements of a shape operand, where 0 and -1 mean what they mean there.</param>
    public static long[]? Express(ImmutableArray<SymbolicInt> target, ImmutableArray<SymbolicInt> x, bool isOperand, out string reason)
    {
        reason = "the shape has several extents that no constant can give";
        var operand = new long[target.Length];
        var inferred = -1;
        for (var i = 0; i < target.Length; i++)
        {
            if (target[i].Constant is { } constant && (constant > 0 || (isOperand && constant == 0 && i < x.Length))) operand[i] = constant;
            else if (i < x.Length && target[i].Equals(x[i])) operand[i] = 0;
            else if (inferred >= 0) return null;
            else (operand[i], inferred) = (-1, i);
        }
        if (inferred < 0 || (isOperand && target[inferred].Is(-1))) return operand;
        // ONNX Runtime refuses to infer an extent when another one is 0.
        reason = "an extent could be 0";
        for (var i = 0; i < operand.Length; i++)
            if (operand[i] == 0 && !x[i].IsPositive) return null;
        return operand;
    }

    // A computed 0 copies the input's extent: harmless where there is none, or where that is 0 as well. A computed -1 infers.
    static bool MeansItself(SymbolicInt target, int axis, ImmutableArray<SymbolicInt> x)
    {
        if (target.IsPositive) return true;
        if (!(target.Minimum >= 0)) return false;
        return axis >= x.Length || target.Equals(x[axis]) || SymbolTable.VanishesWith(x[axis], target);
    }

    static SymbolicInt? Quotient(SymbolTable symbols, SymbolicInt count, SymbolicInt[] extents, int left)
    {
        var others = SymbolicInt.One;
        for (var i = 0; i < extents.Length; i++)
            if (i != left) others = symbols.Multiply(others, extents[i]);
        // The runtime has checked that the others divide the count, and that they are not 0 where it had to infer.
        return others.Is(0) ? null : count.DividedBy(others);
    }
}
