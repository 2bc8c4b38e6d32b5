using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Activations;

/// <summary>
/// Sums of inputs with constant weights: <c>MatMul</c>, <c>Gemm</c>, or a <c>Conv</c> whose kernel covers all of its input, and a bias that is added.
/// </summary>
/// <param name="Input">What is summed, all but its rows in the order of <paramref name="Weights"/>.</param>
/// <param name="Weights">[reduced, outputs], row major.</param>
/// <param name="Output">[..., outputs], after the bias.</param>
sealed record LinearMap(Value Input, int Reduced, int Outputs, double[] Weights, double[]? Bias, Value Output, IReadOnlyList<Node> Nodes)
{
    /// <summary>Null when <paramref name="node"/> is no such sum.</summary>
    public static LinearMap? Of(Node node)
    {
        if (!node.Op.IsStandard || node.Op.Name is not ("MatMul" or "Gemm" or "Conv")) return null;
        if (node.Input(1)?.Constant is not { } weights || weights is SparseTensor || !FloatingTensor.CanWrite(weights.Element)) return null;
        if (node.Op.Is("Conv")) return OfConv(node, weights);
        if (weights.Dims.Length != 2) return null;
        var turned = false;
        if (node.Op.Is("Gemm"))
        {
            var attributes = node.Attributes;
            if (attributes.Float("alpha", 1) is not 1 || attributes.Float("beta", 1) is not 1 || attributes.Int("transA", 0) is not 0 || attributes.Int("transB", 0) is not { } trans) return null;
            turned = trans != 0;
        }
        var (reduced, outputs) = ((int)weights.Dims[turned ? 1 : 0], (int)weights.Dims[turned ? 0 : 1]);
        var numbers = FloatingTensor.Read(weights);
        var map = new LinearMap(node.Input(0)!, reduced, outputs, turned ? Turned(numbers, outputs, reduced) : numbers, null, node.Output, [node]);
        return node.Op.Is("Gemm") && node.Input(2) is { } bias ? Vector(bias, outputs) is { } vector ? map with { Bias = vector } : null : map.WithBias();
    }

    static LinearMap? OfConv(Node node, TensorData weights)
    {
        var shape = node.Input(0)?.Shape;
        if (weights.Dims is not [var outputs, 1, var height, var width] || shape is not { Rank: 4 } || shape[1].Extent != 1 || shape[2].Extent != height || shape[3].Extent != width) return null;
        if (node.Attributes.Has("auto_pad") || node.Attributes.Ints("pads") is { } pads && pads.Any(p => p != 0) || node.Attributes.Ints("dilations") is { } steps && steps.Any(s => s != 1)) return null;
        var bias = node.Input(2) is { } given ? Vector(given, (int)outputs) : null;
        if (node.Input(2) is not null && bias is null) return null;
        // [rows, outputs, 1, 1] is seen as [rows, outputs], or with one axis more.
        if (node.Output.SingleUse?.Node is not { } view || view.Op.Name is not ("Reshape" or "Squeeze" or "Flatten") || view.Output.Shape is not { Rank: 2 or 3 } seen || seen[1].Extent != outputs) return null;
        if (seen.Rank == 3 && seen[2].Extent != 1) return null;
        var reduced = (int)(height * width);
        return new(node.Input(0)!, reduced, (int)outputs, Turned(FloatingTensor.Read(weights), (int)outputs, reduced), bias, view.Output, [node, view]);
    }

    LinearMap WithBias()
    {
        if (Output.SingleUse?.Node is not { } sum || !sum.Op.Is("Add")) return this;
        var other = sum.Input(0) == Output ? sum.Input(1) : sum.Input(0);
        return other is not null && Vector(other, Outputs) is { } bias ? this with { Bias = bias, Output = sum.Output, Nodes = [.. Nodes, sum] } : this;
    }

    static double[]? Vector(Value value, int extent) =>
        value.Constant is { } data and not SparseTensor && FloatingTensor.CanWrite(data.Element) && data.ElementCount == extent && data.Dims is [.., var last] && last == extent ? FloatingTensor.Read(data) : null;

    static double[] Turned(double[] numbers, int rows, int columns)
    {
        var turned = new double[numbers.Length];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++) turned[c * rows + r] = numbers[r * columns + c];
        return turned;
    }
}
