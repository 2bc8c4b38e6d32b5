using System.Collections.Immutable;
using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>Shape of what a convolution makes.</summary>
static class ConvolutionShape
{
    /// <summary>Null when the rank is not known. The weights alone tell it, and the number of channels.</summary>
    public static ImmutableArray<SymbolicInt>? Of(ShapeAnalysis analysis, Node node)
    {
        if (analysis.ShapeOf(node.Input(1)) is not { Length: > 2 } w) return null;
        if (analysis.ShapeOf(node.Input(0)) is not { } x) return [.. w.Select((_, axis) => axis == 1 ? w[0] : analysis.Symbols.Axis(node.Output, axis))];
        if (w.Length != x.Length) return null;
        var spatial = x.Length - 2;
        var result = ImmutableArray.CreateBuilder<SymbolicInt>();
        result.Add(x[0]);
        result.Add(w[0]);
        for (var i = 0; i < spatial; i++)
            result.Add(Extent(analysis, node, x[i + 2], w[i + 2], i, spatial) ?? analysis.Symbols.Axis(node.Output, i + 2));
        return result.ToImmutable();
    }

    static SymbolicInt? Extent(ShapeAnalysis analysis, Node node, SymbolicInt x, SymbolicInt w, int axis, int spatial)
    {
        if (node.Attributes.Text("auto_pad") is not (null or "NOTSET") || w.Constant is not { } kernel) return null;
        if (At(node, "strides", axis, 1) is not ({ } stride and > 0) || At(node, "dilations", axis, 1) is not { } dilation) return null;
        if (At(node, "pads", axis, 0) is not { } before || At(node, "pads", axis + spatial, 0) is not { } after) return null;
        var covered = before + after - (dilation * (kernel - 1)) - 1;
        if (x.Constant is { } length) return SymbolicInt.Of(((length + covered) / stride) + 1);
        if (stride == 1) return analysis.Symbols.Add(x, SymbolicInt.Of(covered + 1));
        return analysis.Symbols.Function(string.Create(CultureInfo.InvariantCulture, $"floor(({x}) + {covered} / {stride}) + 1"), 0);
    }

    static long? At(Node node, string name, int index, long otherwise)
    {
        if (!node.Attributes.Has(name)) return otherwise;
        return node.Attributes.Ints(name) is { } values && index < values.Length ? values[index] : null;
    }
}
