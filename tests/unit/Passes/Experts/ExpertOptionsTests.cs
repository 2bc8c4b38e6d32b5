using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Experts;
using Onnxc.Passes.Quantization;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Experts;

/// <summary>What passes over experts refuse, and what they tell.</summary>
public sealed class ExpertOptionsTests
{
    static readonly FactorExperts.Options Factor = new() { Rank = 8 };

    public static TheoryData<FactorExperts.Options, string> UnfitFactors => new()
    {
        { Factor with { Rank = 0 }, "one of `rank`, `energy` and `max-drop`" },
        { Factor with { Energy = 0.5 }, "one of `rank`, `energy` and `max-drop`" },
        { Factor with { Rank = -1 }, "must not be negative" },
        { Factor with { Rank = 0, Energy = 2 }, "between 0 and 1" },
        { Factor with { Factor = ["middle"] }, "has no `middle`" },
        { Factor with { Factor = [] }, "is empty" },
    };

    static Diagnostic Refused(Pass pass) =>
        Assert.Throws<DiagnosticException>(() => pass.Run(Found(), new PassContext("test", null, new StepGate(), null, new TypeInference()))).Diagnostic;

    static Model Found()
    {
        var model = ModelReader.Read(SharedData.Model("trained-text-lm-moe/model_dense.onnx")).OrThrow();
        new FindExperts().Run(model, new PassContext("find-experts", null, new StepGate(), null, new TypeInference()));
        return model;
    }

    [Theory]
    [MemberData(nameof(UnfitFactors))]
    public void Factors_that_do_not_fit_are_refused(FactorExperts.Options options, string message)
    {
        var error = Refused(new FactorExperts(options));
        Assert.Equal(Descriptors.FactorOptionsUnfit.Id, error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_learns_from_data_asks_for_them()
    {
        Assert.Equal(Descriptors.FactorNeedsData.Id, Refused(new FactorExperts(Factor with { ActivationAware = true })).Id);
        Assert.Equal(Descriptors.FactorNeedsData.Id, Refused(new FactorExperts(Factor with { Rank = 0, MaxDrop = 0.01 })).Id);
        Assert.Equal(Descriptors.ExpertScoresNeedData.Id, Refused(new QuantizeExperts(new() { By = ExpertScore.Frequency })).Id);
        Assert.Equal(Descriptors.PruningNeedsData.Id, Refused(new PruneFfn(new())).Id);
    }

    [Fact]
    public void Bits_and_shares_that_do_not_fit_are_refused()
    {
        Assert.Equal(Descriptors.ExpertBitsUnfit.Id, Refused(new QuantizeExperts(new() { Average = 5 })).Id);
        Assert.Equal(Descriptors.ExpertBitsUnfit.Id, Refused(new QuantizeExperts(new() { High = WeightType.Int2, Low = WeightType.Int8, Average = 4 })).Id);
        Assert.Equal(Descriptors.PruneOptionsUnfit.Id, Refused(new PruneFfn(new() { Share = 1 })).Id);
        Assert.Equal(Descriptors.PruneOptionsUnfit.Id, Refused(new PruneFfn(new() { Multiple = 0 })).Id);
    }

    static DataCalibrator Samples(Model model) => new DataCalibrator(DataSet.ReadFor(model, SharedData.Model("trained-text-lm-moe/calib.npz")).OrThrow(), new() { Limit = 8 });

    [Fact]
    public void Loads_of_two_chosen_experts_sum_up_to_two()
    {
        var model = ModelReader.Read(SharedData.Model("trained-text-lm-moe/model.onnx")).OrThrow();
        var (layers, declined) = ExpertInspection.Of(model, new TypeInference(), Samples(model));
        Assert.Equal(4, layers.Count);
        Assert.Empty(declined);
        Assert.All(layers, l => Assert.Equal("softmax over the chosen", l.Router));
        Assert.All(layers, l => Assert.Equal(2, l.Loads!.Sum(), 6));
    }

    [Fact]
    public void The_space_that_experts_share_is_reported_where_somebody_measures()
    {
        var model = Found();
        var cx = new PassContext("factor-experts", null, new StepGate(), null, new TypeInference()) { Calibrator = Samples(model), Meter = new ModelMeter(new InputGenerator(0)) };
        new FactorExperts(Factor with { Rank = 96, ActivationAware = true, Step1 = 64 }).Run(model, cx);
        Assert.Equal(4, cx.Changed);
        Assert.All(cx.Diagnostics, d => Assert.Equal(Descriptors.ExpertsFactored.Id, d.Id));
        Assert.Contains("8 experts in 1 groups, rank 96 of 128 before: 393,216 -> 339,968 weights", cx.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Contains("without the first step", cx.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.Empty(Verifier.Check(model));
    }

    [Fact]
    public void Bits_in_the_mean_are_reported_where_somebody_measures()
    {
        var model = Found();
        var cx = new PassContext("quantize-experts", null, new StepGate(), null, new TypeInference()) { Calibrator = Samples(model), Meter = new ModelMeter(new InputGenerator(0)) };
        new QuantizeExperts(new() { By = ExpertScore.Cosine }).Run(model, cx);
        var note = Assert.Single(cx.Diagnostics);
        Assert.Equal(Descriptors.ExpertBits.Id, note.Id);
        Assert.Contains("3 bits for a weight in the mean, 16 experts", note.Message, StringComparison.Ordinal);
        Assert.Equal(4 * 8 * 3, model.AllNodes().Count(n => n.Op.Name == "MatMulNBits"));
    }

    [Fact]
    public void Bits_go_where_they_take_most_off_the_error()
    {
        var model = Found();
        var cx = new PassContext("quantize-experts", null, new StepGate(), null, new TypeInference()) { Calibrator = Samples(model) };
        var layer = ExpertLayer.Read(model.AllNodes().First(n => ExpertForm.Of(n) is not null))!;
        double Error(WeightType type) => RoundingError.Of(layer, 0, new() { Weights = type, Method = WeightMethod.Rtn, Block = 32, Symmetric = true });
        Assert.True(Error(WeightType.Int8) * 50 < Error(WeightType.Int4) && Error(WeightType.Int4) * 5 < Error(WeightType.Int2));
        new QuantizeExperts(new() { By = ExpertScore.Error }).Run(model, cx);
        var bits = model.AllNodes().Where(n => n.Op.Name == "MatMulNBits").GroupBy(n => n.Attributes.Int("bits")).ToDictionary(g => g.Key!.Value, g => g.Count());
        Assert.Equal((16 * 3, 16 * 3), (bits[4], bits[2]));
    }

    [Fact]
    public void Pruned_networks_still_predict()
    {
        var model = Found();
        var cx = new PassContext("prune-ffn", null, new StepGate(), null, new TypeInference()) { Calibrator = Samples(model) };
        new PruneFfn(new() { Multiple = 8 }).Run(model, cx);
        Assert.Equal(4, cx.Changed);
        var layers = model.Main.Nodes.Select(ExpertLayer.Read).OfType<ExpertLayer>().ToList();
        Assert.All(layers, l => Assert.True(l.Width is > 64 and < 128 && l.Width % 8 == 0));
        Assert.InRange(layers.Average(l => l.Width), 92, 100);
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model)).OrThrow();
    }
}
