using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes.Activations;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Activations;

/// <summary>Fits against what they stand in for, and what they do to models on real data.</summary>
public sealed class SubstituteActivationTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-substitute-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    static readonly Dictionary<string, Func<double, double>> Functions = new()
    {
        ["gelu"] = PointwiseOperators.Gelu,
        ["silu"] = x => x * Sigmoid(x),
        ["tanh"] = Math.Tanh,
        ["sigmoid"] = Sigmoid,
        ["mish"] = x => x * Math.Tanh(Math.Log(1 + Math.Exp(x))),
        ["softplus"] = x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))),
        ["hard-swish"] = x => x * Math.Clamp(x / 6 + 0.5, 0, 1),
    };

    // As often as a normal distribution has them.
    static NumberWeights Normal(double deviation)
    {
        double[] numbers = [.. Enumerable.Range(-400, 801).Select(i => i / 100.0 * deviation)];
        double[] weights = [.. numbers.Select(x => Math.Exp(-x * x / (2 * deviation * deviation)))];
        var sum = weights.Sum();
        return new(numbers, [.. weights.Select(w => w / sum)]);
    }

    public static TheoryData<string, double> Sites() => [.. Functions.Keys.SelectMany(f => new[] { 0.5, 1.5, 4 }.Select(d => new TheoryDataRow<string, double>(f, d)))];

    [Theory]
    [MemberData(nameof(Sites))]
    public void A_spline_is_close_where_numbers_are_and_far_beyond(string function, double deviation)
    {
        var fit = TableSearch.Spline(FitProblem.Of(Functions[function], Normal(deviation))!, 1e-3, 0.01, 0);
        Assert.True(fit.Error <= 1e-3, $"{fit.What}: {fit.Error}");
        Assert.True(fit.Tail <= 0.01, $"{fit.What}: {fit.Tail}");
    }

    [Theory]
    [InlineData(ActivationFamily.ReluKan)]
    [InlineData(ActivationFamily.Rbf)]
    [InlineData(ActivationFamily.AfKan)]
    [InlineData(ActivationFamily.Daruan)]
    [InlineData(ActivationFamily.BSpline)]
    public void Every_family_fits_a_GELU_and_keeps_its_lines(ActivationFamily family)
    {
        var problem = FitProblem.Of(Functions["gelu"], Normal(1.5))!;
        var fit = BasisFit.Fit(problem, family, ActivationBase.Asymptotes, 0, 0, 0);
        Assert.True(fit.Error <= 0.02, $"{fit.What}: {fit.Error}");
        Assert.True(fit.Tail <= 0.01, $"{fit.What}: {fit.Tail}");
    }

    [Fact]
    public void A_SiLU_is_in_the_span_of_its_base()
    {
        var fit = BasisFit.Fit(FitProblem.Of(Functions["silu"], Normal(1.5))!, ActivationFamily.Rbf, ActivationBase.Silu, 0, 0, 0);
        Assert.True(fit.Error < 1e-5, $"{fit.What}: {fit.Error}");
    }

    [Fact]
    public void A_Relu_is_in_the_span_of_PolyReLU()
    {
        var fit = PolyReluFit.Fit(FitProblem.Of(x => Math.Max(0, x), Normal(1.5))!, 1, ElementType.Float);
        Assert.True(fit.Error < 1e-6 && fit.Tail < 1e-6, $"{fit.What}: {fit.Error}, {fit.Tail}");
    }

    [Fact]
    public void A_polynomial_alone_is_far_off_beyond_its_numbers()
    {
        var fit = PolyReluFit.Fit(FitProblem.Of(Functions["gelu"], Normal(1.5))!, 3, ElementType.Float);
        Assert.InRange(fit.Error, 0.03, 0.06);
        Assert.True(fit.Tail > 0.1);
    }

    [Fact]
    public void A_function_of_other_asymptotes_is_none_to_fit()
    {
        Assert.Null(FitProblem.Of(x => x * x, Normal(1)));
        Assert.Null(FitProblem.Of(Math.Exp, Normal(1)));
    }

    [Fact]
    public void Lines_are_found_with_slope_and_offset()
    {
        Assert.Equal(new(0, -1), Asymptote.Of(Math.Tanh, -1));
        Assert.Equal(new(1, 0), Asymptote.Of(Functions["gelu"], 1));
        Assert.Equal(0.1, Asymptote.Of(x => x < 0 ? 0.1 * x : x, -1)!.Value.Slope, 1e-9);
    }

    /// <summary>A B-spline of five intervals on [-1, 1], Gaussians, hats: the values of the literature.</summary>
    [Fact]
    public void Basis_functions_are_those_of_the_papers()
    {
        AssertBasis([0, 0, 0, .070313, .611979, .315104, .002604, 0], ActivationFamily.BSpline, (-1, 1), 0.3);
        AssertBasis([0, 0, 0, 0, 0, .002604, .315104, .611979], ActivationFamily.BSpline, (-1, 1), 1.3);
        AssertBasis([0, 0, .191406, .878906, .878906, .191406, 0, 0], ActivationFamily.ReluKan, (0, 1), 0.5);
        AssertBasis([0, .000106, .016562, .349719, .999375, .386499, .020229, .000143], ActivationFamily.Rbf, (-2, 2), 0.3);
    }

    static void AssertBasis(double[] expected, ActivationFamily family, (double, double) zone, double x)
    {
        var basis = BasisFit.Basis(family, zone, 8, 5, 3);
        Assert.Equal(expected.Length, basis.Count);
        for (var m = 0; m < expected.Length; m++) Assert.Equal(expected[m], basis[m](x), 1e-6);
    }

    CompileResult Compile(string model, string pipeline, string? data, string output) => Compiler.Compile(new CompileOptions
    {
        Input = SharedData.Model($"{model}/model.onnx"),
        Output = Path.Combine(folder, output),
        Pipeline = pipeline,
        Data = data is null ? null : SharedData.Model($"{model}/{data}"),
        DataLimit = 60,
        Gates = null,
    });

    [Theory]
    [InlineData("trained-cifar10-vit65", "Erf", 6)]
    [InlineData("trained-text-lm", "Sigmoid", 4)]
    public void Models_decide_the_same_on_data_that_they_were_not_fitted_on(string model, string gone, int sites)
    {
        Assert.DoesNotContain(Compile(model, "substitute-activation", "calib.npz", "out.onnx").Diagnostics, d => d.IsError);
        var nodes = ModelReader.Read(Path.Combine(folder, "out.onnx")).OrThrow().Main.Nodes.ToList();
        Assert.DoesNotContain(nodes, n => n.Op.Name == gone);
        Assert.Equal(sites, nodes.Count(n => n.Op.Name == "SplineActivation"));
        var reference = ModelSource.File(SharedData.Model($"{model}/model.onnx"));
        var data = DataSet.ReadFor(reference.Read().OrThrow(), SharedData.Model($"{model}/eval.npz")).OrThrow();
        var meter = new ModelMeter(data, 100, SessionSettings.Default.WithKernels());
        var measured = meter.Measure(reference.Read().OrThrow(), ModelReader.Read(Path.Combine(folder, "out.onnx")).OrThrow()).OrThrow();
        Assert.True(measured.Agreement >= 0.998, $"{measured.Agreement}");
    }

    [Fact]
    public void The_same_data_give_the_same_bytes()
    {
        Compile("trained-cifar10-vit65", "substitute-activation", "calib.npz", "one.onnx");
        Compile("trained-cifar10-vit65", "substitute-activation", "calib.npz", "two.onnx");
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "one.onnx")), File.ReadAllBytes(Path.Combine(folder, "two.onnx")));
    }

    [Fact]
    public void Fits_are_reported_with_their_errors() =>
        Assert.Contains(Compile("trained-cifar10-vit65", "substitute-activation{max-error=1e-4}", "calib.npz", "out.onnx").Diagnostics, d => d.Id == "ONNXC0472" && d.Message.Contains("segments on", StringComparison.Ordinal));

    [Theory]
    [InlineData("substitute-activation{max-error=0}", "ONNXC0471")]
    [InlineData("substitute-activation{grid=-1}", "ONNXC0471")]
    [InlineData("substitute-activation{range=0}", "ONNXC0471")]
    public void Nonsense_is_refused(string pipeline, string id) =>
        Assert.Contains(Compile("trained-cifar10-vit65", pipeline, null, "out.onnx").Diagnostics, d => d.Id == id && d.IsError);

    [Fact]
    public void PRelu_becomes_a_Dice_where_that_is_close_enough()
    {
        var model = Path.Combine(folder, "prelu.onnx");
        var text = Onnxc.Text.OnnxParser.Parse("<ir_version: 10, opset_import: [\"\": 17]>\ng (float[N,4] x) => (float[N,4] y) <float[4] a = {0.25, 0.5, 0.1, 0}> { y = PRelu (x, a) }", "prelu").OrThrow();
        File.WriteAllBytes(model, ModelWriter.ToBytes(text));
        var samples = Path.Combine(folder, "x.npz");
        NpzFile.Write(samples, [KeyValuePair.Create("x", TensorData.Floats([.. Enumerable.Range(0, 400).Select(i => 4 * MathF.Sin(i))], 100, 4))]);
        foreach (var (limit, fits) in new[] { ("0.001", false), ("0.5", true) })
        {
            Assert.DoesNotContain(Dice(limit, samples).Diagnostics, d => d.IsError);
            var made = ModelReader.Read(Path.Combine(folder, "dice.onnx")).OrThrow().Main.Nodes.Single();
            Assert.Equal(fits ? "Dice" : "PRelu", made.Op.Name);
            if (!fits) continue;
            // The knee lies at the mean of all numbers, and the slopes are those of the channels.
            Assert.Equal([0.25f, 0.5f, 0.1f, 0], made.Input(3)!.Constant!.ToArray<float>());
            Assert.All([1, 2], i => Assert.Equal([4], made.Input(i)!.Constant!.Dims));
            var (numbers, scale) = (Enumerable.Range(0, 400).Select(i => 4 * Math.Sin(i)).ToList(), made.Input(1)!.Constant!.ToArray<float>()[0]);
            Assert.Equal(1 / Math.Sqrt(numbers.Average(v => v * v) - Math.Pow(numbers.Average(), 2)), scale, 1e-4);
            Assert.Equal(-numbers.Average() * scale, made.Input(2)!.Constant!.ToArray<float>()[0], 1e-4);
        }
        Assert.Contains(Dice("0.5", null).Diagnostics, d => d.Id == "ONNXC0473" && d.IsError);

        CompileResult Dice(string limit, string? data) => Compiler.Compile(new CompileOptions
        {
            Input = model,
            Output = Path.Combine(folder, "dice.onnx"),
            Pipeline = $"substitute-activation{{with=dice, max-error={limit}}}",
            Data = data,
            Gates = null,
        });
    }
}
