using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Activations;

/// <summary>Numbers that are multiplied and shifted by constants, one for all or one for every place along an axis.</summary>
/// <param name="Axis">Counted from the end; -1 where one number serves all.</param>
/// <param name="Nodes">From the end to <paramref name="X"/>.</param>
sealed record VectorChain(Value X, int Axis, double[] Scale, double[] Shift, IReadOnlyList<Node> Nodes)
{
    const int MostNodes = 8;

    /// <summary>As far down as constants go.</summary>
    public static VectorChain Of(Value value) => All(value).Last();

    /// <summary>All chains to <paramref name="value"/>, the shortest first.</summary>
    public static IEnumerable<VectorChain> All(Value value)
    {
        VectorChain? chain = new(value, -1, [1], [0], []);
        for (; chain is not null; chain = chain.Nodes.Count < MostNodes && chain.X.Producer is { } node && node.Graph == value.Graph ? chain.Next(node) : null) yield return chain;
    }

    VectorChain? Next(Node node)
    {
        if (!node.Op.IsStandard) return null;
        if (node.Op.Name == "BatchNormalization") return NextNormalization(node);
        if (node.Op.Name == "Identity") return this with { X = node.Input(0)!, Nodes = [.. Nodes, node] };
        if (node.Op.Name is not ("Add" or "Sub" or "Mul" or "Div")) return null;
        var isSecond = Read(node.Input(1)!) is not null;
        if (node.Op.Name == "Div" && !isSecond) return null;
        if (Read(node.Input(isSecond ? 1 : 0)!) is not { } constant) return null;
        var below = node.Input(isSecond ? 0 : 1)!;
        return node.Op.Name switch
        {
            "Add" => With(below, node, constant, (s, t, c) => (s, t + s * c)),
            "Sub" when isSecond => With(below, node, constant, (s, t, c) => (s, t - s * c)),
            "Sub" => With(below, node, constant, (s, t, c) => (-s, t + s * c)),
            "Mul" => With(below, node, constant, (s, t, c) => (s * c, t)),
            _ => With(below, node, constant, (s, t, c) => (s / c, t)),
        };
    }

    VectorChain? NextNormalization(Node node)
    {
        if (node.Input(0)!.Shape is not { Rank: >= 2 } shape) return null;
        var extent = shape[1].Extent;
        if (node.Input(1)?.Constant is not { } gain || gain.ElementCount != extent) return null;
        if (RowAffine.OfBatchNormalization(node, (int)extent) is not { } affine) return null;
        return With(node.Input(0)!, node, (1 - shape.Rank, affine.Shift), (s, t, c) => (s, t + s * c))?.With(node.Input(0)!, null, (1 - shape.Rank, affine.Scale), (s, t, c) => (s * c, t));
    }

    VectorChain? With(Value below, Node? node, (int Axis, double[] Numbers) constant, Func<double, double, double, (double, double)> change)
    {
        var (length, other) = (Scale.Length, constant.Numbers.Length);
        if (length > 1 && other > 1 && (length != other || Axis != constant.Axis)) return null;
        var pairs = Enumerable.Range(0, Math.Max(length, other)).Select(i => change(Scale[length > 1 ? i : 0], Shift[length > 1 ? i : 0], constant.Numbers[other > 1 ? i : 0])).ToList();
        return new(below, length > 1 ? Axis : constant.Axis, [.. pairs.Select(p => p.Item1)], [.. pairs.Select(p => p.Item2)], node is null ? Nodes : [.. Nodes, node]);
    }

    /// <summary>A constant of one number, or of one for every place along an axis; null for any other value.</summary>
    public static (int Axis, double[] Numbers)? Read(Value value)
    {
        if (value.Constant is not { ElementCount: > 0 } data || data is SparseTensor || !FloatingTensor.CanWrite(data.Element)) return null;
        if (data.ElementCount == 1) return (-1, FloatingTensor.Read(data));
        var wide = Enumerable.Range(0, data.Dims.Length).Where(i => data.Dims[i] != 1).ToList();
        return wide.Count == 1 ? (wide[0] - data.Dims.Length, FloatingTensor.Read(data)) : null;
    }
}
