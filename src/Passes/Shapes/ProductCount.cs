using Onnxc.IR;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Shapes;

/// <summary>Counts the multiplications of a model's products and convolutions for one sample, from the shapes of the graph.</summary>
public static class ProductCount
{
    /// <summary>
    /// Extents that inputs leave open are taken as one, and stay so in <paramref name="model"/>. Null where the shapes of one of the nodes that
    /// <paramref name="counts"/> takes are not known.
    /// </summary>
    public static long? Of(Model model, ITypeInference types, Func<Node, bool>? counts = null)
    {
        Pin(model);
        types.Infer(model);
        SymbolicTypes.Refine(model);
        long? sum = 0;
        foreach (var node in model.Main.Nodes)
            if (IsProduct(node) && counts?.Invoke(node) != false) sum += OfNode(node);
        return sum;
    }

    static void Pin(Model model)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in model.Main.Inputs)
        {
            if (input.TensorType is not { Shape: { } shape } type) continue;
            open.UnionWith(shape.Dims.Select(d => d.Symbol).OfType<string>());
            input.SetType(type with { Shape = new([.. shape.Dims.Select(d => d.IsFixed ? d : 1)]) });
        }
        // What the file states of other values would else stand against what follows.
        foreach (var value in model.Main.Nodes.SelectMany(n => n.Outputs))
            if (value.TensorType is { Shape: { } shape } type && shape.Dims.Any(d => d.Symbol is { } symbol && open.Contains(symbol)))
                value.SetType(type with { Shape = new([.. shape.Dims.Select(d => d.Symbol is { } symbol && open.Contains(symbol) ? 1 : d)]) }, value.TypeIsInferred);
    }

    static bool IsProduct(Node node) => node.Op.Is("MatMul") || node.Op.Is("Gemm") || node.Op.Is("Conv") || node.Op == new OpId("com.microsoft", "FusedMatMul");

    static long? OfNode(Node node)
    {
        if (node.Input(0)?.Shape is not { Rank: > 0 } a || node.Input(1)?.Shape is not { Rank: > 0 } b) return null;
        // Every element of the result takes one for each weight of its channel.
        if (node.Op.Is("Conv")) return node.Output.Shape is { } shape ? Elements(shape.Dims.AsSpan()) * Elements(b.Dims.AsSpan()[1..]) : null;
        var (turnsLeft, turnsRight) = (node.Attributes.Int("transA", 0) != 0, node.Attributes.Int("transB", 0) != 0);
        Dim rows = a.Rank == 1 ? 1 : a.Dims[turnsLeft ? ^1 : ^2], inner = a.Dims[turnsLeft && a.Rank > 1 ? ^2 : ^1], columns = b.Rank == 1 ? 1 : b.Dims[turnsRight ? ^2 : ^1];
        var samples = Enumerable.Range(3, Math.Max(0, Math.Max(a.Rank, b.Rank) - 2)).Select(axis => Wider(axis <= a.Rank ? a.Dims[^axis] : 1, axis <= b.Rank ? b.Dims[^axis] : 1));
        return Elements([.. samples, rows, inner, columns]);
    }

    static Dim Wider(Dim a, Dim b) => a is { IsFixed: true, Extent: 1 } ? b : a;

    static long? Elements(ReadOnlySpan<Dim> dims)
    {
        var product = 1L;
        foreach (var dim in dims)
        {
            if (!dim.IsFixed) return null;
            product *= dim.Extent;
        }
        return product;
    }
}
