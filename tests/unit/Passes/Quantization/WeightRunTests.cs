using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Passes.Quantization.WeightModels;

namespace Onnxc.Tests.Passes.Quantization;

/// <summary>What ONNX Runtime makes of quantized weights.</summary>
public sealed class WeightRunTests
{
    public static TheoryData<string, int, bool, WeightMethod> IntegerForms()
    {
        var forms = new TheoryData<string, int, bool, WeightMethod>();
        foreach (var type in new[] { "Int2", "Int4", "Int8", "Uint8" })
            foreach (var block in new[] { 0, 16, 32, 64, 128, 256 })
                foreach (var symmetric in new[] { true, false })
                    forms.Add(type, block, symmetric, WeightMethod.Rtn);
        forms.Add("Int2", 16, true, WeightMethod.Hqq);
        forms.Add("Int4", 32, true, WeightMethod.Hqq);
        forms.Add("Int4", 0, true, WeightMethod.Hqq);
        return forms;
    }

    /// <summary>The product with a unit matrix shows the weights that ONNX Runtime sees: those that the rounding meant, bit for bit.</summary>
    [Theory]
    [MemberData(nameof(IntegerForms))]
    public void Integers_mean_to_ONNX_Runtime_what_they_mean_here(string type, int block, bool symmetric, WeightMethod method)
    {
        var random = new SplitMix(3);
        foreach (var (reduced, columns) in new[] { (64, 48), (100, 17), (300, 33) })
        {
            var options = new Quantize.Options { Weights = Enum.Parse<WeightType>(type), Block = block, Symmetric = symmetric, Method = method };
            var weights = Normal(random, ElementType.Float, 0.1, reduced, columns);
            var model = Product(weights);
            Assert.Equal(1, Quantize(model, options).Changed);
            Assert.Equal("MatMulNBits", model.Main.Nodes.Single().Op.Name);
            // A zero point that is no integer is multiplied out in another order.
            AssertWeights(model, weights, options, method == WeightMethod.Hqq ? 1e-6 : 0);
        }
    }

    static void AssertWeights(Model model, TensorData weights, Quantize.Options options, double tolerance, SessionSettings? settings = null)
    {
        var (reduced, columns) = ((int)weights.Dims[0], (int)weights.Dims[1]);
        var unit = new double[reduced * reduced];
        for (var i = 0; i < reduced; i++) unit[i * reduced + i] = 1;
        var actual = Run(model, TensorNumbers.Pack(weights.Element, [reduced, reduced], unit), settings);
        var expected = Onnxc.Passes.Quantization.Weights.BlockQuantizer.Run(new(weights, true), options.Extent(), options.Grid(weights.Element))!;
        var row = new float[reduced];
        for (var n = 0; n < columns; n++)
        {
            expected.ReadRow(n, row);
            for (var k = 0; k < reduced; k++) Assert.Equal(row[k], actual[k * columns + n], tolerance == 0 ? 0 : tolerance + Math.Abs(row[k]) * tolerance);
        }
    }

    [Theory]
    [InlineData("Int4", 32)]
    [InlineData("Int8", 0)]
    [InlineData("E4m3", 32)]
    [InlineData("E2m1", 0)]
    public void Float16_weights_keep_their_type(string type, int block)
    {
        var options = new Quantize.Options { Weights = Enum.Parse<WeightType>(type), Block = block };
        var weights = Normal(new SplitMix(4), ElementType.Float16, 0.1, 100, 32);
        var model = Product(weights);
        Assert.Equal(1, Quantize(model, options).Changed);
        AssertWeights(model, weights, options, 1 / 1024.0);
    }

    /// <summary>Each token has a scale of its own, so that an outlier in one does not cost the others: better than integers with a scale for the tensor.</summary>
    [Theory]
    [InlineData("Int8", "Nbits")]
    [InlineData("E2m1", "Nbits")]
    [InlineData("Int8", "Portable")]
    public void Tokens_are_rounded_to_float8(string type, string form)
    {
        var weights = Normal(new SplitMix(4), ElementType.Float, 0.1, 64, 32);
        var random = new SplitMix(7);
        var tokens = TensorNumbers.Read(Normal(random, ElementType.Float, 1, 16, 64));
        for (var i = 0; i < 64; i++) (tokens[i], tokens[64 + i]) = (tokens[i] * 300, 0);
        var input = TensorNumbers.Pack(ElementType.Float, [16, 64], tokens);
        var options = new Quantize.Options { Weights = Enum.Parse<WeightType>(type), Form = Enum.Parse<WeightForm>(form), Activations = ActivationType.E4m3 };
        var (plain, rounded) = (Product(weights), Product(weights));
        Quantize(plain, options with { Activations = ActivationType.None });
        Assert.Equal(1, Quantize(rounded, options).Changed);
        Assert.Equal(2, rounded.Main.Nodes.Count(n => n.Op.Is("Cast")));
        var (expected, actual) = (Run(plain, input), Run(rounded, input));
        for (var row = 0; row < 16; row++)
        {
            var (error, size) = (0.0, 0.0);
            for (var i = row * 32; i < row * 32 + 32; i++) (error, size) = (error + Math.Pow(expected[i] - actual[i], 2), size + Math.Pow(expected[i], 2));
            // Three bits of mantissa: about 2.6 % of each number, less where they are summed up with weights of both signs in every token alike.
            if (row == 1) Assert.Equal(0, error);
            else Assert.InRange(Math.Sqrt(error / size), 0.005, 0.05);
        }
    }

    [Theory]
    [InlineData("E4m3", 32, PowerOfTwo.None)]
    [InlineData("E4m3", 0, PowerOfTwo.None)]
    [InlineData("E5m2", 16, PowerOfTwo.None)]
    [InlineData("E2m1", 16, PowerOfTwo.None)]
    [InlineData("E2m1", 0, PowerOfTwo.None)]
    [InlineData("Post", 64, PowerOfTwo.None)]
    public void Small_floats_mean_the_same_with_kernels_and_without(string type, int block, PowerOfTwo powerOfTwo)
    {
        var options = new Quantize.Options { Weights = Enum.Parse<WeightType>(type), Block = block, PowerOfTwo = powerOfTwo };
        foreach (var (reduced, columns) in new[] { (64, 48), (100, 17) })
        {
            var weights = Normal(new SplitMix(5), ElementType.Float, 0.1, reduced, columns);
            var model = Product(weights);
            Assert.Equal(1, Quantize(model, options).Changed);
            foreach (var settings in new[] { SessionSettings.Default, SessionSettings.Default.WithKernels() }) AssertWeights(model, weights, options, 0, settings);
        }
    }

    public static TheoryData<string, int, bool> PortableForms()
    {
        var forms = new TheoryData<string, int, bool>();
        foreach (var type in new[] { "Int2", "Int4", "Int8", "Uint8", "E4m3", "E5m2" })
            foreach (var block in new[] { 0, 16, 32, 128 })
                foreach (var symmetric in new[] { true, false })
                    forms.Add(type, block, symmetric);
        return forms;
    }

    [Theory]
    [MemberData(nameof(PortableForms))]
    public void The_portable_form_means_the_same(string type, int block, bool symmetric)
    {
        var options = new Quantize.Options { Weights = Enum.Parse<WeightType>(type), Block = block, Symmetric = symmetric, Form = WeightForm.Portable };
        foreach (var (reduced, columns) in new[] { (64, 48), (100, type == "Int2" ? 20 : 17) })
        {
            var weights = Normal(new SplitMix(6), ElementType.Float, 0.1, reduced, columns);
            var model = Product(weights, 25);
            Assert.Equal(1, Quantize(model, options).Changed);
            AssertWeights(model, weights, options, 0, SessionSettings.Unoptimized);
        }
    }

    /// <summary>ONNX Runtime's own fusion of the portable form packs the same initializers as the direct form.</summary>
    [Theory]
    [InlineData("Int4", true, 32)]
    [InlineData("Int4", false, 32)]
    [InlineData("Int4", true, 16)]
    [InlineData("Int4", false, 128)]
    [InlineData("Int8", true, 32)]
    [InlineData("Uint8", false, 64)]
    [InlineData("Int2", true, 32)]
    [InlineData("Int2", false, 32)]
    public void ONNX_Runtime_packs_the_same_bytes(string type, bool symmetric, int block)
    {
        var options = new Quantize.Options { Weights = Enum.Parse<WeightType>(type), Symmetric = symmetric, Block = block };
        foreach (var (reduced, columns) in new[] { (256, 64), (100, type == "Int2" ? 36 : 34) })
        {
            var weights = Normal(new SplitMix(7), ElementType.Float, 0.1, reduced, columns);
            var (direct, portable) = (Product(weights, 25), Product(weights, 25));
            Quantize(direct, options);
            Quantize(portable, options with { Form = WeightForm.Portable });
            var fused = Optimized(portable, SessionSettings.Default.With("session.disable_prepacking", "1")).Find("MatMulNBits");
            var ours = direct.Find("MatMulNBits");
            foreach (var name in new[] { "K", "N", "bits", "block_size" }) Assert.Equal(ours.Attributes.Int(name), fused.Attributes.Int(name));
            var bytes = reduced * options.Weights.Bits() / 8;
            Assert.Equal(WithoutPadding(ours.Input(1)!, bytes), WithoutPadding(fused.Input(1)!, bytes));
            Assert.Equal(ours.Input(2)!.Constant!.Bytes.ToArray(), fused.Input(2)!.Constant!.Bytes.ToArray());
            // Zero points in the middle may be written or left out.
            if (ours.Input(3) is { } zeros) Assert.Equal(zeros.Constant!.Bytes.ToArray(), fused.Input(3)!.Constant!.Bytes.ToArray());
        }
    }

    /// <summary>When this fails, ONNX Runtime has been mended, and the pass need not decline any more.</summary>
    [Fact]
    public void ONNX_Runtime_fuses_two_bits_wrongly_where_four_do_not_divide_the_channels()
    {
        var options = new Quantize.Options { Weights = WeightType.Int2, Form = WeightForm.Portable };
        var refused = Quantize(Product(Normal(new SplitMix(7), ElementType.Float, 0.1, 128, 34), 25), options);
        Assert.Equal(0, refused.Changed);
        Assert.Contains(refused.Skipped.Keys, r => r.Contains("2 bits wrongly", StringComparison.Ordinal));

        // What the pass would have written.
        var random = new SplitMix(8);
        var model = PassTest.NewModel(25, 13);
        var codes = TensorNumbers.Pack(ElementType.Int2, [128, 34], [.. Enumerable.Range(0, 128 * 34).Select(_ => (double)random.Below(4) - 2)]);
        var scales = TensorData.Floats([.. Enumerable.Repeat(1f, 4 * 34)], 4, 34);
        var weights = model.Main.Op("DequantizeLinear", "w", [model.Main.AddInitializer("W", codes), model.Main.AddInitializer("s", scales)], ("axis", 0L), ("block_size", 32L));
        model.Main.AddOutput(model.Main.Op("MatMul", "y", [model.Main.AddInput("x", PassTest.Type(2, 128)), weights]), "y");
        var x = Normal(random, ElementType.Float, 1, 2, 128);
        var fused = Run(model, x, SessionSettings.Default.With("session.qdq_matmulnbits_accuracy_level", "1"));
        Assert.Contains(Run(model, x, SessionSettings.Unoptimized).Zip(fused), pair => Math.Abs(pair.First - pair.Second) > 1);
    }

    // What stands behind the last weight of a row is free.
    static byte[] WithoutPadding(Value codes, int bytes)
    {
        var row = (int)(codes.Constant!.Dims[1] * codes.Constant.Dims[2]);
        return [.. codes.Constant.Bytes.ToArray().Chunk(row).SelectMany(r => r[..bytes])];
    }

    [Theory]
    [InlineData("Int4", true, 32, 64)]
    [InlineData("Int4", false, 16, 48)]
    [InlineData("Int4", false, 32, 80)]
    [InlineData("Int8", true, 0, 100)]
    [InlineData("Int8", false, 64, 64)]
    [InlineData("Uint8", false, 128, 100)]
    [InlineData("Int2", true, 16, 64)]
    [InlineData("Int2", false, 32, 64)]
    public void Rows_of_a_table_come_out_as_they_were_rounded(string type, bool symmetric, int block, int width)
    {
        var options = new Quantize.Options { Weights = Enum.Parse<WeightType>(type), Symmetric = symmetric, Block = block };
        var table = Normal(new SplitMix(8), ElementType.Float, 0.1, 50, width);
        var model = PassTest.NewModel();
        var rows = model.Main.AddInput("rows", new TensorType(ElementType.Int64, new Shape([Dim.Named("N")])));
        model.Main.AddOutput(model.Main.Op("Gather", "y", [model.Main.AddInitializer("table", table), rows]), "y");
        Assert.Equal(1, Quantize(model, options).Changed);
        long[] indices = [3, 0, 49, 3, -1];
        var actual = Run(model, TensorData.Int64s(indices));
        var expected = Onnxc.Passes.Quantization.Weights.BlockQuantizer.Run(new(table, false), options.Extent(), options.Grid(ElementType.Float))!;
        var row = new float[width];
        for (var i = 0; i < indices.Length; i++)
        {
            expected.ReadRow((int)((indices[i] + 50) % 50), row);
            Assert.Equal(row.Select(v => (double)v), actual[(i * width)..((i + 1) * width)]);
        }
    }

    [Theory]
    [InlineData("Int8", true, false)]
    [InlineData("Int8", true, true)]
    [InlineData("Uint8", false, false)]
    [InlineData("Uint8", false, true)]
    public void Dynamic_quantization_is_fused_to_one_operator(string type, bool symmetric, bool perTensor)
    {
        var options = new Quantize.Options { Weights = Enum.Parse<WeightType>(type), Symmetric = symmetric, PerTensor = perTensor, Activations = ActivationType.Dynamic };
        var random = new SplitMix(9);
        var weights = Normal(random, ElementType.Float, 0.1, 64, 48);
        var (before, after) = (Product(weights), Product(weights));
        Assert.Equal(1, Quantize(after, options).Changed);
        Assert.Equal(["DynamicQuantizeMatMul"], Optimized(after).Main.Ops());
        var x = Normal(random, ElementType.Float, 1, 20, 64);
        var (expected, actual) = (Run(before, x), Run(after, x));
        Assert.True(Math.Sqrt(expected.Zip(actual, (a, b) => (a - b) * (a - b)).Average()) < 0.02 * Math.Sqrt(expected.Average(a => a * a)));
    }

    [Fact]
    public void Int8_computation_is_asked_for_by_the_accuracy_level()
    {
        foreach (var level in new[] { 0, 1, 4 })
        {
            var model = Product(Normal(new SplitMix(10), ElementType.Float, 0.1, 64, 48));
            Quantize(model, new() { Weights = WeightType.Int4, AccuracyLevel = level });
            Assert.Equal(level, model.Find("MatMulNBits").Attributes.Int("accuracy_level"));
            Assert.Equal(level, Optimized(model).Find("MatMulNBits").Attributes.Int("accuracy_level"));
        }
    }
}
