using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Quantization;

/// <summary>Writes the nodes of one product with a quantized weight in the place of the node that it was.</summary>
sealed class ProductWriter(Quantize.Options options, WeightSite site, QuantizedWeight weight, Value? scaledInput)
{
    static readonly OpId MatMulNBits = new("com.microsoft", "MatMulNBits");

    readonly Node node = site.Node;
    readonly QuantizedMatrix matrix = weight.Matrix;
    readonly ElementType element = site.Data.Element;
    readonly GraphBuilder builder = new(site.Node.Graph, site.Node, "quantize");

    // What is left to be added to the product; the last node takes the place of the original one.
    bool HasLowRank => weight.LowRank is not null;

    Value Input => scaledInput ?? site.Input;

    /// <summary>Why the product cannot be written here; null when it can.</summary>
    public static string? Obstacle(Quantize.Options options, WeightSite site)
    {
        var graph = site.Node.Graph;
        var element = site.Data.Element;
        if (element == ElementType.Double) return "ONNX Runtime multiplies doubles by no quantized weights";
        if (options.Activations == ActivationType.E4m3 && graph.Opsets[""] < TokenQuantizer.OldestOpset)
            return FormattableString.Invariant($"`Cast` knows float8 since opset {TokenQuantizer.OldestOpset}: run `convert-opset` before");
        if (options.Form == WeightForm.Nbits) return options.Weights.IsInteger() ? null : OperatorLibrary.Obstacle(graph);
        var needed = NeededOpset(options, element);
        if (graph.Opsets[""] < needed) return FormattableString.Invariant($"`DequantizeLinear` has this form since opset {needed}: run `convert-opset` before");
        // Seen with 1.31: what it makes of the product has other weights.
        return options.Weights == WeightType.Int2 && site.Channels % 4 != 0 ? "ONNX Runtime fuses weights of 2 bits wrongly where four do not divide the output channels" : null;
    }

    static int NeededOpset(Quantize.Options options, ElementType element) => options.Weights switch
    {
        WeightType.Int2 => 25,
        WeightType.Int4 => 21,
        _ when options.Extent() != 0 => 21,
        WeightType.E4m3 or WeightType.E5m2 => 19,
        _ when element != ElementType.Float => 19,
        _ => 13,
    };

    public void Write()
    {
        if (options.Form == WeightForm.Portable) WritePortable();
        else if (options.Weights.IsInteger()) WriteNbits();
        else WriteLookup();
    }

    void WriteNbits()
    {
        node.Graph.Import("com.microsoft", 1);
        var isHalfQuadratic = options.Method == WeightMethod.Hqq;
        var zeros = matrix.Zeros is null ? null
            : isHalfQuadratic ? Stored("zeros", () => StoredWeights.FloatZeros(matrix, element))
            : Stored("zeros", () => StoredWeights.PackedZeros(matrix)!);
        var takesBias = site.Bias?.Constant is { Dims: [var extent] } && extent == matrix.Rows;
        List<Value?> inputs = [Input, Codes, Scales];
        if (zeros is not null || takesBias) inputs.Add(zeros);
        if (takesBias) inputs.AddRange([null, site.Bias]);
        Finish(MatMulNBits, inputs, takesBias ? null : site.Bias,
            ("K", matrix.Columns), ("N", matrix.Rows), ("bits", matrix.Grid.Bits), ("block_size", matrix.StorageBlock), ("accuracy_level", options.AccuracyLevel));
    }

    void WriteLookup()
    {
        var definition = OperatorLibrary.Find("LutMatMul")!;
        OperatorLibrary.AddFunction(node.Graph.Model, definition);
        node.Graph.Import(OperatorLibrary.Domain, 1);
        var table = Stored("table", () => FloatingType.Write(element, [1 << matrix.Grid.Bits], Book(options.Weights).Table));
        Finish(definition.Id, [Input, Codes, Scales, table], site.Bias, ("bits", matrix.Grid.Bits));
    }

    static Codebook Book(WeightType type) => type switch
    {
        WeightType.E4m3 => Codebook.E4m3,
        WeightType.E5m2 => Codebook.E5m2,
        WeightType.E2m1 => Codebook.E2m1,
        _ => Codebook.Post,
    };

    Value Codes => Stored("codes", () => StoredWeights.Codes(matrix));

    Value Scales => Stored("scales", () => StoredWeights.Scales(matrix, element));

    // The product keeps its node; only where the weights come from is new.
    void WritePortable()
    {
        var type = StoredWeights.PlainType(options.Weights, options.HasZero());
        node.Graph.Model.RaiseIrVersion(type switch
        {
            ElementType.Int2 or ElementType.UInt2 => 13,
            ElementType.Int4 or ElementType.UInt4 => 10,
            ElementType.Float8E4M3FN or ElementType.Float8E5M2 => 9,
            _ => 0,
        });
        var codes = Stored("codes", () => StoredWeights.PlainCodes(matrix, type, site.IsTransposed));
        var scales = Stored("scales", () => StoredWeights.PlainScales(matrix, element, site.IsTransposed, options.PerTensor));
        var zeros = matrix.Zeros is null ? null : Stored("zeros", () => StoredWeights.PlainZeros(matrix, type, site.IsTransposed, options.PerTensor)!);
        var axis = matrix.IsByRow == site.IsTransposed ? 1 : 0;
        (string, AttributeValue)[] attributes = options.PerTensor ? [] : matrix.IsByRow ? [("axis", axis)] : [("axis", axis), ("block_size", matrix.Block)];
        var weights = builder.Op("DequantizeLinear", zeros is null ? [codes, scales] : [codes, scales, zeros], attributes);
        weights.SetType(new TensorType(element, new Shape(site.Data.Dims)), inferred: true);
        var inputs = node.Inputs.ToList();
        (inputs[0], inputs[1]) = (Input, weights);
        Finish(node.Op, inputs, null, [.. node.Attributes.Select(a => (a.Key, a.Value))]);
    }

    // The last node has the outputs of the original one, names included, for whoever looks values up by them.
    void Finish(OpId op, IReadOnlyList<Value?> inputs, Value? bias, params ReadOnlySpan<(string Name, AttributeValue Value)> attributes)
    {
        if (bias is null && !HasLowRank)
        {
            node.ReplaceBy(op, [.. inputs], attributes.ToArray().Select(a => KeyValuePair.Create(a.Name, a.Value)));
            return;
        }
        var sum = builder.Node(op, [.. inputs], 1, attributes).Output;
        var terms = new List<Value>();
        if (weight.LowRank is { } low)
        {
            // What `Gemm` multiplies its product by, where the factor is not in the weights.
            var times = options.Form == WeightForm.Portable ? site.Alpha : 1;
            var first = Stored("first", () => FloatingType.Write(element, [matrix.Columns, low.Rank], low.First));
            var second = Stored("second", () => FloatingType.Write(element, [low.Rank, matrix.Rows], Array.ConvertAll(low.Second, v => v * times)));
            terms.Add(builder.Op("MatMul", [builder.Op("MatMul", [site.Input, first]), second]));
        }
        if (bias is not null) terms.Add(bias);
        foreach (var term in terms.SkipLast(1)) sum = builder.Op("Add", [sum, term]);
        node.ReplaceBy("Add", [sum, terms[^1]]);
    }

    Value Stored(string role, Func<TensorData> make) => ValueStore.Get(weight.Stored, site.Weight, role, make);
}
