using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Quantization;

/// <summary>A product with a constant matrix: <c>MatMul</c>, or a <c>Gemm</c> that is one but for its bias.</summary>
sealed record WeightSite(Node Node, Value Weight, TensorData Data, bool IsTransposed, float Alpha)
{
    /// <summary>The other factor, as it is now: what makes it may have been replaced since the site was found.</summary>
    public Value Input => Node.Input(0)!;

    public Value? Bias => Node.Input(Node.Op.Name == "MatMulNBits" ? 5 : 2);

    /// <summary>The codes that the weights are stored as; null where they are plain floats.</summary>
    public Lazy<QuantizedMatrix>? Codes { get; init; }

    /// <summary>Bits of a code; 0 where the weights are plain floats.</summary>
    public int CodeBits { get; init; }

    /// <summary>The weights as rows of output channels, with the factor of the product.</summary>
    public WeightMatrix Matrix
    {
        get
        {
            var matrix = new WeightMatrix(Data, IsTransposed);
            return Alpha == 1 ? matrix : matrix.With([.. Enumerable.Repeat(Alpha, matrix.Columns)]);
        }
    }

    public int Channels => (int)Data.Dims[IsTransposed ? 1 : 0];

    public int Reduced => (int)Data.Dims[IsTransposed ? 0 : 1];

    public static bool IsProduct(Node node) => node.Op.Is("MatMul") || node.Op.Is("Gemm");

    /// <summary>The site, or why the node is left alone.</summary>
    public static (WeightSite? Site, string? Reason) Read(Node node, int least)
    {
        if (node.Input(0) is not { } input || node.Input(1) is not { } weight) return (null, "an input is left out");
        if (weight.Constant is not { } data) return (null, input.Constant is null ? "the weights are not constant" : "the weights are the left factor");
        if (data is SparseTensor || !FloatingType.CanRead(data.Element)) return (null, "the weights are no floats");
        if (data.Dims.Length != 2) return (null, "the weights are no matrix");
        if (data.Dims[0] < least || data.Dims[1] < least) return (null, "the matrix is small");
        if (data.ElementCount is 0 or > int.MaxValue) return (null, data.ElementCount == 0 ? "the matrix is empty" : "the matrix has more than 2³¹ elements");
        if (node.Op.Is("MatMul")) return (new(node, weight, data, true, 1), null);
        // Before version 7 `Gemm` did not broadcast by itself.
        if (node.Graph.Opsets[""] < 7) return (null, "the opset is older than 7");
        var (alpha, beta) = (node.Attributes.Float("alpha", 1), node.Attributes.Float("beta", 1));
        if (alpha is null || beta is null || node.Attributes.Int("transB", 0) is not { } transB) return (null, "an attribute is a parameter of the function");
        if (node.Attributes.Int("transA", 0) != 0) return (null, "the input is transposed");
        return node.Input(2) is not null && beta != 1 ? (null, "the bias has a factor") : (new(node, weight, data, transB == 0, alpha.Value), null);
    }
}
