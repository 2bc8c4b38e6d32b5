using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Quantization;

/// <summary>Quantized activations: what ONNX Runtime makes of the result, how near it is, and what is refused.</summary>
public sealed class StaticQuantizationTests
{
    const string Convolutions = """
        <ir_version: 8, opset_import: ["" : 13]>
        g (float[batch, 3, 8, 8] x) => (float[batch, 5] y)
        {
            a = Conv <pads = [1, 1, 1, 1]> (x, w1, b1)  b = Relu (a)  c = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (b)
            d = Conv <pads = [1, 1, 1, 1]> (c, w2, b2)  e = Add (d, c)  f = Relu (e)  h = Conv (f, w3)
            i = GlobalAveragePool (h)  j = Flatten (i)  y = Gemm <transB = 1> (j, w4, b4)
        }
        """;

    static Model Weighted(string text, params (string Name, long[] Dims)[] weights)
    {
        // Weights stand in the text as inputs, which the parser knows no other way to leave open.
        var signature = string.Concat(weights.Select(w => $", float[{string.Join(",", w.Dims)}] {w.Name}"));
        var end = text.IndexOf(") => (", StringComparison.Ordinal);
        var model = OnnxParser.Parse(text[..end] + signature + text[end..]).OrThrow();
        var random = new Random(5);
        foreach (var (name, dims) in weights)
        {
            var input = model.Main.Inputs.Single(i => i.Name == name);
            var values = Enumerable.Range(0, (int)TensorData.CountElements(dims)!.Value).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
            input.ReplaceAllUsesWith(model.Main.AddInitializer(name + "_w", TensorData.Floats(values, dims)));
            model.Main.RemoveInput(input);
        }
        return model;
    }

    static Model ConvolutionModel() => Weighted(Convolutions, ("w1", [8, 3, 3, 3]), ("b1", [8]), ("w2", [8, 8, 3, 3]), ("b2", [8]), ("w3", [6, 8, 1, 1]), ("w4", [5, 6]), ("b4", [5]));

    static (CompileResult Result, byte[]? Written) Compile(Model model, string pipeline, int samples = 40, Action<float[]>? spoil = null, bool gates = false)
    {
        var folder = Directory.CreateTempSubdirectory("onnxc-quantize-");
        try
        {
            string At(string name) => Path.Combine(folder.FullName, name);
            Assert.Null(ModelWriter.Write(model, At("in.onnx")));
            var shape = model.Main.Inputs[0].Shape!;
            long[] dims = [samples, .. shape.Dims.Skip(1).Select(d => d.Extent)];
            var random = new Random(9);
            // Normal numbers, like those that models are compared on.
            var numbers = Enumerable.Range(0, (int)TensorData.CountElements(dims)!.Value)
                .Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))).ToArray();
            spoil?.Invoke(numbers);
            NpzFile.Write(At("data.npz"), [new(model.Main.Inputs[0].Name, TensorData.Floats(numbers, dims))]);
            var options = new CompileOptions { Input = At("in.onnx"), Output = At("out.onnx"), Pipeline = pipeline, Data = samples == 0 ? null : At("data.npz") };
            var result = Compiler.Compile(gates ? options : options with { Gates = null });
            return (result, File.Exists(At("out.onnx")) ? File.ReadAllBytes(At("out.onnx")) : null);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static List<string> Optimized(byte[] model)
    {
        var path = Path.GetTempFileName();
        try
        {
            OrtModel.Load(model, SessionSettings.Default with { OptimizedModelPath = path }).OrThrow().Dispose();
            return [.. ModelReader.Read(File.ReadAllBytes(path)).OrThrow().Main.Nodes.Select(n => n.Op.Name)];
        }
        finally
        {
            File.Delete(path);
        }
    }

    static double Sqnr(byte[] reference, byte[] candidate) =>
        new ModelComparer(new ComparisonOptions { Mode = ToleranceMode.Approximate, Runs = 4 }).Compare(ModelSource.Bytes(reference), ModelSource.Bytes(candidate)).OrThrow()
            .Outputs[0].Metrics.SqnrDb ?? double.PositiveInfinity;

    [Fact]
    public void Signed_activations_are_as_near()
    {
        var model = ConvolutionModel();
        Assert.InRange(Sqnr(ModelWriter.ToBytes(model), Compile(model, "quantize{activations=int8}").Written!), 25, double.PositiveInfinity);
    }

    [Fact]
    public void Convolutions_run_on_integers_from_end_to_end()
    {
        var model = ConvolutionModel();
        var (result, written) = Compile(model, "quantize{activations=uint8}");
        Assert.DoesNotContain(result.Diagnostics, d => d.IsError);
        Assert.DoesNotContain(ModelReader.Read(written!).OrThrow().Main.Initializers, i => i is { ElementType: ElementType.Float, Shape.Rank: > 1 });
        var ops = Optimized(written!);
        Assert.True(ops.Count(o => o == "QLinearConv") == 3, string.Join(' ', ops));
        Assert.Contains("QGemm", ops);
        Assert.Contains("QLinearAdd", ops);
        Assert.Contains("QLinearGlobalAveragePool", ops);
        Assert.DoesNotContain("Relu", ops);
        Assert.DoesNotContain("Conv", ops);
        Assert.Equal(1, ops.Count(o => o == "QuantizeLinear"));
        Assert.InRange(Sqnr(ModelWriter.ToBytes(model), written!), 25, double.PositiveInfinity);
    }

    /// <summary>Means of outputs are nearer to those of floats, and so are the outputs; a convolution without a bias gets one.</summary>
    [Fact]
    public void Corrected_biases_keep_means()
    {
        var model = Weighted("""
            <ir_version: 8, opset_import: ["" : 13]>
            g (float[batch, 4, 8, 8] x) => (float[batch, 6, 4, 4] z)
            {
                p = Abs (x)  y = Conv <group = 2> (p, w1)  r = Relu (y)  z = Conv (r, w2, b2)
            }
            """, ("w1", [8, 2, 3, 3]), ("w2", [6, 8, 3, 3]), ("b2", [6]));
        var reference = ModelWriter.ToBytes(model);
        var (plain, corrected) = (Compile(model, "quantize{activations=uint16}").Written!, Compile(model, "quantize{activations=uint16, correct-bias=true}").Written!);
        Assert.All(ModelReader.Read(corrected).OrThrow().Main.Nodes.Where(n => n.Op.Is("Conv")), n => Assert.Equal(3, n.InputCount));
        Assert.InRange(Sqnr(reference, corrected), Sqnr(reference, plain) + 1, double.PositiveInfinity);
    }

    [Fact]
    public void Shifts_follow_from_means()
    {
        var model = Weighted("g (float[1, 4] x) => (float[1, 1] y) { y = Gemm <transB = 1> (x, w) }".Insert(0, """<ir_version: 8, opset_import: ["" : 13]> """), ("w", [1, 4]));
        var node = model.Main.Nodes.Single();
        node.SetInput(1, model.Main.AddInitializer("v", TensorData.Floats([1.27f, 0.004f, -0.006f, 0.5f], 1, 4)));
        // Codes 127, 0, -1 and 50 of 0.01.
        var shift = Onnxc.Passes.Quantization.QuantizedWeights.Of(node, 1, false).Shift(node.Input(1)!.Constant!, [1, 2, 3, 4])!;
        Assert.Equal(-0.004 * 2 - 0.004 * 3, Assert.Single(shift), 1e-6);
    }

    [Fact]
    public void Sixteen_bits_are_nearer()
    {
        var model = ConvolutionModel();
        var reference = ModelWriter.ToBytes(model);
        var eight = Sqnr(reference, Compile(model, "convert-opset, quantize{activations=uint8}").Written!);
        Assert.InRange(Sqnr(reference, Compile(model, "convert-opset, quantize{activations=uint16}").Written!), eight, double.PositiveInfinity);
    }

    [Fact]
    public void Products_take_integers_and_give_floats()
    {
        var model = Weighted("<ir_version: 8, opset_import: [\"\" : 13]> g (float[batch, 4, 32] x) => (float[batch, 4, 32] y) { a = MatMul (x, w1)  b = Tanh (a)  y = MatMul (b, w2) }",
            ("w1", [32, 64]), ("w2", [64, 32]));
        var written = Compile(model, "quantize{activations=uint8}").Written!;
        Assert.Equal(2, Optimized(written).Count(o => o == "MatMulIntegerToFloat"));
        Assert.InRange(Sqnr(ModelWriter.ToBytes(model), written), 30, double.PositiveInfinity);
    }

    [Theory]
    [InlineData("mse")]
    [InlineData("min-max")]
    [InlineData("percentile")]
    [InlineData("entropy")]
    public void Every_way_to_a_range_keeps_the_signal(string range)
    {
        var model = ConvolutionModel();
        Assert.InRange(Sqnr(ModelWriter.ToBytes(model), Compile(model, $"quantize{{activations=uint8, range={range}}}").Written!), 15, double.PositiveInfinity);
    }

    [Fact]
    public void Where_selects_and_the_rest_stays()
    {
        var (result, written) = Compile(ConvolutionModel(), "quantize{activations=uint8} where op == Gemm");
        Assert.Equal(1, result.Passes[0].Changed);
        Assert.Equal(3, Optimized(written!).Count(o => o is "Conv" or "FusedConv"));
    }

    /// <summary>Of two products the first makes numbers that a second one needs to the last digit.</summary>
    [Fact]
    public void What_loses_accuracy_stays_as_it_is()
    {
        var model = Weighted("<ir_version: 8, opset_import: [\"\" : 13]> g (float[batch, 512] x) => (float[batch, 1, 1, 512] y) { a = MatMul (x, w1)  h = Constant <value_float = 40.0> ()  b = Mul (a, h)  c = Sin (b)  d = MatMul (c, w2)  s = Constant <value_ints = [0, 1, 1, 512]> ()  y = Reshape (d, s) }",
            ("w1", [512, 512]), ("w2", [512, 512]));
        var (result, written) = Compile(model, "quantize{activations=uint8}", gates: true);
        var row = result.Passes.Single(p => p.Pass == "quantize");
        Assert.Equal(1, row.Skipped["loses too much accuracy"]);
        Assert.Equal(1, row.Changed);
        Assert.Contains(result.Diagnostics, d => d.Id == "ONNXC0323");
        Assert.Single(Optimized(written!), o => o == "MatMulIntegerToFloat");
    }

    [Fact]
    public void Without_data_nothing_is_written()
    {
        var (result, written) = Compile(ConvolutionModel(), "quantize{activations=uint8}", samples: 0);
        Assert.Null(written);
        Assert.Equal("ONNXC0321", result.Diagnostics.Single(d => d.IsError).Id);
    }

    [Fact]
    public void An_older_model_is_upgraded_where_something_is_quantized()
    {
        var model = Weighted("<ir_version: 8, opset_import: [\"\" : 9]> g (float[batch, 32] x) => (float[batch, 32] y) { y = MatMul (x, w) }", ("w", [32, 32]));
        Assert.Equal(13, ModelReader.Read(Compile(model, "quantize{activations=uint8}").Written!).OrThrow().Opsets[""]);
        Assert.Equal(9, ModelReader.Read(Compile(model, "quantize{activations=uint8} where params > 1M").Written!).OrThrow().Opsets[""]);
    }

    [Fact]
    public void Values_that_are_no_numbers_do_not_widen_a_range()
    {
        var model = ConvolutionModel();
        var written = Compile(model, "quantize{activations=uint8}", spoil: n => (n[7], n[400]) = (float.NaN, float.PositiveInfinity)).Written!;
        Assert.InRange(Sqnr(ModelWriter.ToBytes(model), written), 20, double.PositiveInfinity);
    }

    [Fact]
    public void Bodies_are_left_alone_with_the_reason()
    {
        var model = Weighted("""
            <ir_version: 8, opset_import: ["" : 13]>
            g (float[1, 32] x) => (float[1, 32] y)
            {
                s = ReduceSum <keepdims = 0> (x)  z = Constant <value_float = 0.0> ()  c = Greater (s, z)
                y = If (c) <then_branch = t () => (float[1, 32] p) { p = MatMul (x, w) }, else_branch = e () => (float[1, 32] q) { q = Neg (x) }>
            }
            """, ("w", [32, 32]));
        var (result, _) = Compile(model, "quantize{activations=uint8}");
        Assert.Equal(["it lies in a body, whose values are not observed"], result.Passes[0].Skipped.Keys);
    }

    [Fact]
    public void Saturation_safe_weights_fit_in_sixteen_bits_in_pairs()
    {
        var weights = ModelReader.Read(Compile(ConvolutionModel(), "quantize{activations=uint8, saturation-safe}").Written!).OrThrow().Main.Initializers
            .Where(i => i.ElementType == ElementType.Int8 && i.Shape!.Rank > 1).Select(i => i.Initializer!).ToList();
        Assert.Equal(4, weights.Count);
        foreach (var weight in weights)
        {
            // Convolutions are summed with channels last.
            var (codes, outputs, channels) = (weight.ToArray<sbyte>(), (int)weight.Dims[0], (int)weight.Dims[1]);
            var window = codes.Length / outputs / channels;
            for (var o = 0; o < outputs; o++)
            {
                var row = Enumerable.Range(0, channels * window).Select(k => (int)codes[o * channels * window + k % channels * window + k / channels]).ToList();
                for (var k = 0; k + 1 < row.Count; k += 2)
                    Assert.InRange(255 * (Math.Max(row[k], 0) + Math.Max(row[k + 1], 0)), 0, short.MaxValue);
            }
        }
    }
}
