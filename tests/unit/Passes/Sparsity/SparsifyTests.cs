using Onnxc.Calibration;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Sparsity;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Sparsity;

public sealed class SparsifyTests
{
    static Model Text(string name) => ModelReader.Read(SharedData.Model($"{name}/model.onnx")).OrThrow();

    static DataSet Data(Model model, string name) => DataSet.ReadFor(model, SharedData.Model($"{name}/calib.npz")).OrThrow();

    static PassContext Run(Model model, Sparsify.Options options, DataSet? data = null, QualityGates? gates = null)
    {
        var cx = new PassContext("sparsify", null, new StepGate(), null, new TypeInference())
        {
            Calibrator = data is null ? null : new DataCalibrator(data, new() { Limit = 8 }),
            Meter = gates is null || data is null ? null : new ModelMeter(data, 8, SessionSettings.Default.WithKernels()),
            Gates = gates,
        };
        new Sparsify(options).Run(model, cx);
        Assert.Empty(Verifier.Check(model));
        return cx;
    }

    static int Count(Model model, string op) => model.Main.Nodes.Count(n => n.Op.Name == op);

    [Theory]
    [InlineData("trained-text-lm", 4, 4)]
    [InlineData("trained-text-lm-relu", 4, 0)]
    [InlineData("protocol-transformer", 4, 0)]
    public void Feed_forward_blocks_of_trained_models_are_found(string name, int blocks, int gated)
    {
        var found = FfnBlocks.In(Text(name).Main).ToList();
        Assert.Equal(blocks, found.Count);
        Assert.Equal(gated, found.Count(b => b.Up is not null));
    }

    /// <summary>Idle neurons of a ReLU change nothing.</summary>
    [Fact]
    public void Zeros_are_left_out_without_a_difference()
    {
        var (model, original) = (Text("trained-text-lm-relu"), Text("trained-text-lm-relu"));
        Run(model, new() { Predicate = SparsityPredicate.Zeros });
        Assert.Equal(4, Count(model, "MaskedGemv"));
        var data = Data(original, "trained-text-lm-relu");
        var deviation = new ModelMeter(data, 4, SessionSettings.Default.WithKernels()).Measure(original, model).OrThrow();
        Assert.Equal(1, deviation.Agreement!.Value, 0.002);
        Assert.True(deviation.Divergence < 1e-8, $"{deviation.Divergence}");
    }

    [Theory]
    [InlineData(SparsityPredicate.Cett, 4, 0)]
    [InlineData(SparsityPredicate.Cats, 4, 0)]
    [InlineData(SparsityPredicate.TopK, 4, 0)]
    [InlineData(SparsityPredicate.StatisticalTopK, 4, 0)]
    [InlineData(SparsityPredicate.Threshold, 0, 28)]
    public void Every_predicate_leaves_out_what_it_is_told_to(SparsityPredicate predicate, int gated, int masked)
    {
        var model = Text("trained-text-lm");
        Run(model, new() { Predicate = predicate, Target = 0.5 }, Data(model, "trained-text-lm"));
        Assert.Equal((gated, masked), (Count(model, "SparseGatedFfn"), Count(model, "MaskedGemv")));
        // Half of the neurons idle leave most choices as they were.
        var original = Text("trained-text-lm");
        var deviation = new ModelMeter(Data(original, "trained-text-lm"), 4, SessionSettings.Default.WithKernels()).Measure(original, model).OrThrow();
        Assert.InRange(deviation.Agreement!.Value, 0.6, 0.9999);
        Assert.InRange(deviation.Divergence, 1e-6, 0.5);
    }

    /// <summary>Where less may be lost, less is left out, and what is found keeps the budget.</summary>
    [Fact]
    public void The_budget_decides_the_sparsity()
    {
        var reached = new List<double>();
        foreach (var perplexity in new[] { 0.002, 0.02 })
        {
            var model = Text("trained-text-lm");
            var data = Data(model, "trained-text-lm");
            var options = new Sparsify.Options { Perplexity = perplexity, Target = 0.95 };
            // How fast it runs here says nothing; that it is allowed to be slow does.
            var cx = Run(model, options, data, new QualityGates { MaxDrop = 0.1, MinSpeedup = 0.01 });
            var text = cx.Diagnostics.First(d => d.Id == "ONNXC0383").Message;
            reached.Add(double.Parse(text.Split('`')[2].Split('%')[0].Trim(' ', ':'), System.Globalization.CultureInfo.InvariantCulture));
            var original = Text("trained-text-lm");
            Assert.True(Math.Exp(new ModelMeter(data, 8, SessionSettings.Default.WithKernels()).Measure(original, model).OrThrow().Divergence) - 1 <= perplexity);
        }
        Assert.True(reached[0] > 5 && reached[1] > reached[0] + 5, string.Join(' ', reached));
    }

    [Fact]
    public void Without_data_the_predicates_that_learn_are_refused()
    {
        var model = Text("trained-text-lm");
        Assert.Equal("ONNXC0382", Assert.Single(Run(model, new()).Diagnostics).Id);
    }

    [Theory]
    [InlineData(1.5, 0.01, false)]
    [InlineData(0.5, 0, false)]
    [InlineData(0.5, 0.01, true)]
    public void Nonsense_is_refused(double target, double perplexity, bool soft) =>
        Assert.Equal("ONNXC0381", Assert.Single(Run(Text("trained-text-lm"), new() { Target = target, Perplexity = perplexity, Soft = soft }).Diagnostics).Id);
}
