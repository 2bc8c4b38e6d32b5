using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Tokens;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Tokens;

/// <summary>A search for a schedule where a pair saves a known share of the time, so that what it finds does not hang on a clock.</summary>
public sealed class ScheduleSearchTests
{
    const string Folder = "trained-cifar10-vit65";

    sealed class Counted(ModelMeter meter) : IModelMeter
    {
        public Diagnostic? Prepare(Model reference) => meter.Prepare(reference);

        public Result<Deviation> Measure(Model reference, Model candidate, int samples = int.MaxValue) => meter.Measure(reference, candidate, samples);

        public Result<Speed> Compare(Model reference, Model candidate, int samples = 1) => Result<Speed>.Ok(new(Time(candidate)));
    }

    // A pair saves as much as there is behind it.
    static double Time(Model model)
    {
        const double Share = 0.0104;
        var nodes = model.Main.Nodes.ToList();
        return 1 - Share * nodes.Select((n, place) => n.Op.Name == "BipartiteMerge" ? n.Attributes.Int("r")!.Value * (1 - (double)place / nodes.Count) : 0).Sum();
    }

    static Model Original() => ModelReader.Read(SharedData.Model($"{Folder}/model.onnx")).OrThrow();

    static ModelMeter Meter() => new(DataSet.ReadFor(Original(), SharedData.Model($"{Folder}/calib.npz")).OrThrow(), 128);

    static Model Run(MergeTokens.Options options, IModelMeter? meter = null, QualityGates? gates = null)
    {
        var model = Original();
        new MergeTokens(options with { Proportional = Proportional.On }).Run(model, new PassContext("merge-tokens", null, new StepGate(), null, new TypeInference()) { Meter = meter, Gates = gates });
        return model;
    }

    /// <summary>The model is right in two of three cases: more than one choice in ten changes, but of its right answers fewer are at stake.</summary>
    [Fact]
    public void An_unsure_model_is_judged_by_right_answers_and_not_by_choices()
    {
        var deviation = Meter().Measure(Original(), Run(new() { R = 10 })).OrThrow();
        Assert.True(1 - deviation.Agreement > 0.1, $"{deviation.Agreement}");
        Assert.InRange(deviation.Lost!.Value, deviation.Drop!.Value, 1 - deviation.Agreement!.Value);
        Assert.True(new QualityGates { MaxDrop = 0.02 }.Allow(deviation), $"{deviation.Drop}, {deviation.Lost}");
        Assert.False(new QualityGates { MaxDrop = 0.003 }.Allow(deviation));
    }

    [Fact]
    public void A_schedule_is_found_that_keeps_the_budget_and_reaches_the_speed()
    {
        var (meter, gates) = (Meter(), new QualityGates { MaxDrop = 0.02, MinSpeedup = 1.3 });
        var merged = Run(new() { Schedule = ["auto"] }, new Counted(meter), gates);
        Assert.True(Time(merged) * 1.3 <= 1, $"{Time(merged)}");
        Assert.True(gates.Allow(meter.Measure(Original(), merged).OrThrow()));
    }

    [Fact]
    public void A_budget_of_nothing_has_no_schedule_for_a_speed() =>
        Assert.DoesNotContain(Run(new() { Schedule = ["auto"] }, new Counted(Meter()), new QualityGates { MaxDrop = 0, MinSpeedup = 1.3 }).Main.Nodes, n => n.Op.Name == "BipartiteMerge");
}
