using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>Tells operators that change nothing, as they stand in a model.</summary>
static class Neutral
{
    // Chains are shortened from the front, so that few steps back are ever needed.
    const int FarthestBack = 8;

    /// <summary>True for operators that give the same elements in the same order another shape.</summary>
    public static bool Reinterprets(Node node) => node.Op is { Domain: "", Name: "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten" };

    /// <summary>The value that equals the node's output; null when there is none.</summary>
    public static Value? Source(ShapeAnalysis analysis, Node node)
    {
        if (node.Op.Is("Concat") && node.InputCount == 1) return node.Input(0);
        if (node.Op.Is("Cast")) return node.Attributes.Int("to") is { } to && node.Input(0)?.ElementType == (ElementType)to ? node.Input(0) : null;
        if (analysis.ShapeOf(node.Output) is not { } after || node.Input(0) is not { } x) return null;
        if (!Reinterprets(node)) return IsSame(analysis.ShapeOf(x), after) && KeepsOrder(analysis, node, after) ? x : null;

        // Several reinterpretations together may change nothing.
        for (var i = 0; i < FarthestBack; i++)
        {
            if (IsSame(analysis.ShapeOf(x), after)) return x;
            if (x.Producer is not { } producer || !Reinterprets(producer) || producer.Input(0) is not { } next) return null;
            x = next;
        }
        return null;
    }

    static bool IsSame(ImmutableArray<SymbolicInt>? x, ImmutableArray<SymbolicInt> y) => x is { } shape && shape.SequenceEqual(y);

    static bool KeepsOrder(ShapeAnalysis analysis, Node node, ImmutableArray<SymbolicInt> shape) => node.Op.Name switch
    {
        "Expand" or "Tile" => true,
        "Slice" => SliceBounds.Of(analysis, node, shape.Length) is { } bounds && bounds.All(b => b is null or { Step: > 0 }),
        "Pad" => analysis.Integers(node, "pads", 1) is { } pads && pads.All(p => p == 0),
        "Transpose" => KeepsOrder(node, shape),
        _ => false,
    };

    // Axes of extent 1 may move.
    static bool KeepsOrder(Node node, ImmutableArray<SymbolicInt> shape)
    {
        if (!node.Attributes.Has("perm")) return shape.Count(e => !e.Is(1)) <= 1;
        if (node.Attributes.Ints("perm") is not { } perm || perm.Length != shape.Length) return false;
        var moved = perm.Where(axis => axis >= 0 && axis < shape.Length && !shape[(int)axis].Is(1)).ToList();
        return moved.SequenceEqual(moved.Order());
    }
}
