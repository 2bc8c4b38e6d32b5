using System.Text.Json;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class ComparisonTests
{
    static readonly ComparisonOptions Exact = new() { Mode = ToleranceMode.Exact };

    // y = (x + c) * 2 with the intermediate value `sum`.
    static ModelSource Model(float c, string middle = "sum")
    {
        var model = Samples.NewModel();
        var x = model.Main.AddInput("x", Samples.Floats(Dim.Named("n"), 4));
        var sum = Samples.Add(model.Main, "Add", [x, model.Main.AddInitializer("c", TensorData.Floats([c]))], middle);
        var y = Samples.Add(model.Main, "Mul", [sum, model.Main.AddInitializer("two", TensorData.Floats([2]))], "product");
        y.SetType(Samples.Floats(Dim.Named("n"), 4));
        model.Main.AddOutput(y, "y");
        return Samples.Source(model);
    }

    [Fact]
    public void Equal_models_agree_bit_for_bit()
    {
        var report = new ModelComparer(Exact).Compare(Model(1), Model(1)).OrThrow();
        Assert.True(report.Passed);
        var output = Assert.Single(report.Outputs);
        Assert.True(output.Metrics is { IsExact: true, Mismatches: 0, SqnrDb: null, Agreement: 1, Elements: 8 });
        Assert.Empty(report.Drift);
    }

    [Fact]
    public void Differences_are_measured_and_judged()
    {
        var report = new ModelComparer(new ComparisonOptions()).Compare(Model(1), Model(1.5f)).OrThrow();
        Assert.Equal(Verdict.Beyond, report.Verdict);
        Assert.Equal(1, report.Outputs[0].Metrics.MaxError, 1e-5);
        Assert.Contains("`y`", report.Reason, StringComparison.Ordinal);
        var measured = new ModelComparer(new ComparisonOptions { Mode = ToleranceMode.Approximate }).Compare(Model(1), Model(1.5f)).OrThrow();
        Assert.True(measured.Passed);
        var bounded = new ModelComparer(new ComparisonOptions { Mode = ToleranceMode.Approximate, MinSqnr = 60 }).Compare(Model(1), Model(1.5f)).OrThrow();
        Assert.Contains("dB", bounded.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_last_bit_is_rounding()
    {
        var nearly = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(1f) + 1);
        Assert.True(new ModelComparer(new ComparisonOptions()).Compare(Model(1), Model(nearly)).OrThrow().Passed);
        Assert.False(new ModelComparer(Exact).Compare(Model(1), Model(nearly)).OrThrow().Passed);
    }

    [Fact]
    public void What_the_candidate_takes_is_passed_on_from_the_reference()
    {
        // Its other half alone: what comes in is the reference's `sum`.
        static ModelSource Half(float factor)
        {
            var model = Samples.NewModel();
            var sum = model.Main.AddInput("sum", new TensorType(ElementType.Float, null));
            model.Main.AddOutput(Samples.Add(model.Main, "Mul", [sum, model.Main.AddInitializer("factor", TensorData.Floats([factor]))], "product"), "y");
            return Samples.Source(model);
        }

        var whole = Model(1).Read().OrThrow();
        whole.Main.AddOutput(whole.Main.Nodes.First().Output, "sum");
        var passesOn = Exact with { PassesOn = true };
        var report = new ModelComparer(passesOn).Compare(Samples.Source(whole), Half(2)).OrThrow();
        Assert.True(report.Passed);
        Assert.Equal("y", Assert.Single(report.Outputs).Name);
        Assert.False(new ModelComparer(passesOn).Compare(Samples.Source(whole), Half(3)).OrThrow().Passed);
        Assert.False(new ModelComparer(Exact).Compare(Samples.Source(whole), Half(2)).IsOk);
    }

    [Fact]
    public void Reports_are_deterministic_and_serializable()
    {
        string Report() => JsonSerializer.Serialize(new ModelComparer(new ComparisonOptions { Runs = 3 }).Compare(Model(1), Model(2)).OrThrow());
        Assert.Equal(Report(), Report());
    }

    [Fact]
    public void Layers_name_the_first_divergence()
    {
        var report = new ModelComparer(new ComparisonOptions()).Layers(Model(1), Model(2)).OrThrow();
        Assert.Equal(["sum", "y"], report.Layers.Select(l => l.Name));
        Assert.Equal("sum", report.FirstDivergence);
        Assert.StartsWith("Add", report.FirstDivergentNode, StringComparison.Ordinal);
        // A value that only one has is left out.
        Assert.Equal(["y"], new ModelComparer(new ComparisonOptions()).Layers(Model(1), Model(1, "other")).OrThrow().Layers.Select(l => l.Name));
    }

    [Fact]
    public void Random_models_are_not_comparable()
    {
        // ONNX Runtime seeds by the node's place, so that only models of different structure differ.
        ModelSource Random(bool longer, params (string, AttributeValue)[] attributes)
        {
            var model = Samples.NewModel();
            var x = model.Main.AddInput("x", Samples.Floats(2, 2));
            if (longer) x = Samples.Add(model.Main, "Neg", [Samples.Add(model.Main, "Neg", [x], "n1")], "n2");
            var noise = Samples.Add(model.Main, "RandomNormalLike", [x], "noise", attributes);
            var y = Samples.Add(model.Main, "Add", [x, noise], "y");
            y.SetType(Samples.Floats(2, 2));
            model.Main.AddOutput(y);
            return Samples.Source(model);
        }
        var result = new ModelComparer(new ComparisonOptions()).Compare(Random(false), Random(true));
        Assert.Equal(Verdict.NotComparable, result.OrThrow().Verdict);
        Assert.Equal(Descriptors.NotComparable, result.Diagnostics[0].Descriptor);
        Assert.True(new ModelComparer(Exact).Compare(Random(false, ("seed", 3f)), Random(true, ("seed", 3f))).OrThrow().Passed);
    }

    [Fact]
    public void Interfaces_must_match()
    {
        var other = Samples.Source(Samples.Unary("Neg", Samples.Floats(2)));
        var renamed = Samples.NewModel();
        renamed.Main.AddOutput(Samples.Add(renamed.Main, "Neg", [renamed.Main.AddInput("z", Samples.Floats(2))], "y"));
        Assert.Equal(Descriptors.InterfacesDiffer, new ModelComparer(Exact).Compare(other, Samples.Source(renamed)).Diagnostics[0].Descriptor);
    }

    [Fact]
    public void A_nan_equals_a_nan_and_nothing_else()
    {
        static TensorMetrics Measure(float a, float b)
        {
            var accumulator = new MetricsAccumulator();
            accumulator.Add(new TensorValue(TensorData.Floats([a, 1])), new TensorValue(TensorData.Floats([b, 1])));
            return accumulator.Result;
        }
        Assert.Equal(0, Measure(float.NaN, float.NaN).Mismatches);
        Assert.Equal(0, Measure(float.PositiveInfinity, float.PositiveInfinity).Mismatches);
        Assert.Equal(double.MaxValue, Measure(float.NaN, 1).MaxError);
        Assert.Equal(double.MaxValue, Measure(1, float.PositiveInfinity).MaxError);
        Assert.True(Measure(0f, -0f) is { Mismatches: 0, IsExact: false });
    }

    [Fact]
    public void Real_models_stay_within_rounding_of_their_optimized_selves()
    {
        Assert.SkipUnless(SharedData.IsAvailable, "the models are not here");
        foreach (var path in SharedData.AllModels().Where(p => p.Contains("trained-", StringComparison.Ordinal)))
        {
            var options = new ComparisonOptions { Reference = SessionSettings.Unoptimized };
            var report = new ModelComparer(options).Compare(ModelSource.File(path), ModelSource.File(path)).OrThrow();
            Assert.True(report.Passed, $"{path}: {report.Reason}");
        }
    }
}
