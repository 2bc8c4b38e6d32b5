using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Quantization;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Quantization;

public sealed class EqualizeTests
{
    static PassContext Run(Model model, Equalize.Options options, Onnxc.Calibration.ICalibrator? calibrator = null)
    {
        var cx = new PassContext("equalize", null, new StepGate(), null, null) { Calibrator = calibrator };
        new Equalize(options).Run(model, cx);
        Assert.Empty(Verifier.Check(model));
        return cx;
    }

    [Fact]
    public void Smooth_factors_share_the_ranges() => Assert.Equal([4, 0.5, 4], SmoothQuantization.Factors([16, 1, 4], [1, 4, 0.25], 0.5));

    /// <summary>After it both sides of every channel have the same range.</summary>
    [Fact]
    public void Ranges_are_equal_afterwards()
    {
        var random = new SplitMix(1);
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(1, 3, 8, 8));
        var first = model.Main.Op("Conv", "c", [x, model.Main.AddInitializer("V", WeightModels.Normal(random, PassTest.F, 1, 6, 3, 3, 3))]);
        model.Main.AddOutput(model.Main.Op("Conv", "y", [model.Main.Op("Relu", "r", [first]), model.Main.AddInitializer("W", WeightModels.Normal(random, PassTest.F, 5, 4, 6, 3, 3))]), "y");
        Assert.Equal(1, Run(model, new()).Changed);
        var convolutions = model.Main.Nodes.Where(n => n.Op.Is("Conv")).Select(n => n.Input(1)!.Constant!.ToArray<float>()).ToList();
        for (var channel = 0; channel < 6; channel++)
        {
            var above = convolutions[0].Skip(channel * 27).Take(27).Max(Math.Abs);
            var below = convolutions[1].Where((_, i) => i / 9 % 6 == channel).Max(Math.Abs);
            Assert.Equal(above, below, 1e-5f);
        }
    }

    /// <summary>The language model has decomposed norms, whose scales take the division up; elsewhere a <c>Mul</c> appears. It computes the same.</summary>
    [Fact]
    public void A_smoothed_model_computes_the_same()
    {
        var path = SharedData.Model("trained-text-lm/model.onnx");
        var (before, after) = (ModelReader.Read(path).OrThrow(), ModelReader.Read(path).OrThrow());
        var calibrator = WeightModels.TextSamples(after, 8);
        var cx = Run(after, new() { Method = EqualizeMethod.SmoothQuant, Search = false }, calibrator);
        Assert.True(cx.Changed >= 16);
        var added = after.Main.Nodes.Count - before.Main.Nodes.Count;
        Assert.InRange(added, 1, cx.Changed - 8);

        var report = new ModelComparer(new ComparisonOptions { Mode = ToleranceMode.Rounding, Runs = 1 })
            .Compare(ModelSource.File(path), ModelSource.Bytes(ModelWriter.ToBytes(after)), cancellation: TestContext.Current.CancellationToken).OrThrow();
        Assert.True(report.Passed, report.Reason ?? string.Join('\n', report.Outputs.Select(o => o.Reason)));
    }

    /// <summary>MobileQuant's transforms: up to down in a gated FFN, values to output in an attention, normalization to products. No <c>Mul</c> is needed.</summary>
    [Fact]
    public void Factors_go_through_gates_and_heads()
    {
        var path = SharedData.Model("trained-text-lm/model.onnx");
        var (before, after) = (ModelReader.Read(path).OrThrow(), ModelReader.Read(path).OrThrow());
        var cx = new PassContext("equalize", null, new StepGate(), new OrtEvaluator(), new TypeInference()) { Calibrator = WeightModels.TextSamples(after, 8) };
        new Equalize(new() { Method = EqualizeMethod.SmoothQuant, Search = false }).Run(after, cx);
        // Four layers of two norms, up to down and values to output, and the last norm.
        Assert.Equal(17, cx.Changed);
        Assert.Equal(before.Main.Nodes.Count, after.Main.Nodes.Count);
        var report = new ModelComparer(new ComparisonOptions { Mode = ToleranceMode.Rounding, Runs = 1 })
            .Compare(ModelSource.File(path), ModelSource.Bytes(ModelWriter.ToBytes(after)), cancellation: TestContext.Current.CancellationToken).OrThrow();
        Assert.True(report.Passed, report.Reason ?? string.Join('\n', report.Outputs.Select(o => o.Reason)));
    }

    [Fact]
    public void Smoothing_without_data_is_an_error()
    {
        var model = WeightModels.Product(WeightModels.Normal(new SplitMix(1), PassTest.F, 1, 32, 32));
        Assert.Equal(Descriptors.WeightMethodNeedsData.Id, Assert.Throws<DiagnosticException>(() => Run(model, new() { Method = EqualizeMethod.SmoothQuant })).Diagnostic.Id);
    }

    [Fact]
    public void An_alpha_beyond_its_range_is_an_error()
    {
        var model = PassTest.NewModel();
        var error = Assert.Throws<DiagnosticException>(() => Run(model, new() { Method = EqualizeMethod.SmoothQuant, Alpha = 1.5 }));
        Assert.Equal("`alpha` of `equalize` is 1.5, but must be between 0 and 1", error.Diagnostic.Message);
    }
}
