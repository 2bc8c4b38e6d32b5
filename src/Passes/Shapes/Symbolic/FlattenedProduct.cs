using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>
/// Finds <c>Reshape(MatMul(Reshape(x), w))</c> where <c>w</c> is a matrix and the reshapes only flatten the leading axes of <c>x</c> and
/// part them again. <c>MatMul</c> does that itself: ONNX Runtime multiplies by a matrix in one piece, whatever the rank of <c>x</c>.
/// </summary>
static class FlattenedProduct
{
    /// <summary>What to multiply instead; null where the pattern does not fit.</summary>
    public static (Value X, Value Weight)? Find(ShapeAnalysis analysis, Node reshape)
    {
        if (!reshape.Op.Is("Reshape") || reshape.Input(0) is not { SingleUse: not null, Producer: { } product }) return null;
        if (!product.Op.Is("MatMul") || product.Input(0)?.Producer is not { } inner || !inner.Op.Is("Reshape") || inner.Input(0) is not { } x) return null;
        if (!ReferenceEquals(product.Graph, reshape.Graph) || !ReferenceEquals(inner.Graph, reshape.Graph)) return null;
        if (product.Input(1) is not { } weight || analysis.ShapeOf(weight) is not { Length: 2 } w) return null;
        if (analysis.ShapeOf(x) is not { Length: >= 2 } shape || analysis.ShapeOf(inner.Output) is not { Length: 2 } flat) return null;

        // The flattened rows have to be the rows of x.
        if (!shape[^1].Equals(flat[1])) return null;
        ImmutableArray<SymbolicInt> expected = [.. shape[..^1], w[1]];
        return analysis.ShapeOf(reshape.Output) is { } result && result.SequenceEqual(expected) ? (x, weight) : null;
    }
}
