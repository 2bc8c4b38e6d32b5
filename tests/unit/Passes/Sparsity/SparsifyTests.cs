using Onnxc.Calibration;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Quantization;
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

    /// <summary>Codes are the same before and behind, so the model differs by how it is summed up; and those of floats are the codes that a plain product gets.</summary>
    [Theory]
    [InlineData(WeightType.Int8, WeightForm.Nbits)]
    [InlineData(WeightType.Int4, WeightForm.Nbits)]
    [InlineData(WeightType.Uint8, WeightForm.Nbits)]
    [InlineData(WeightType.Int8, WeightForm.Portable)]
    public void Quantized_weights_stay_as_they_are(WeightType weights, WeightForm form)
    {
        var (first, last, reference) = (Text("trained-text-lm-relu"), Text("trained-text-lm-relu"), Text("trained-text-lm-relu"));
        var quantize = new Quantize(new() { Weights = weights, Form = form });
        if (form == WeightForm.Portable)
            foreach (var model in new[] { first, reference }) new Onnxc.Passes.Convert.ConvertOpset(new() { To = 21 }).Run(model, Context());
        foreach (var model in new[] { first, reference }) quantize.Run(model, Context());
        Run(first, new() { Predicate = SparsityPredicate.Zeros });
        Assert.Equal(4, Count(first, "MaskedGemvNBits"));
        Run(last, new() { Predicate = SparsityPredicate.Zeros });
        quantize.Run(last, Context());
        Assert.Equal(form == WeightForm.Nbits ? 4 : 0, Count(last, "MaskedGemvNBits"));
        foreach (var sparse in form == WeightForm.Nbits ? new[] { first, last } : [first])
        {
            Assert.Empty(Verifier.Check(sparse));
            // Optimised, ONNX Runtime multiplies what stands behind `DequantizeLinear` in int8.
            var settings = SessionSettings.Default.WithKernels() with { Optimization = OptimizationLevel.Disabled };
            var deviation = new ModelMeter(Data(reference, "trained-text-lm-relu"), 4, settings).Measure(reference, sparse).OrThrow();
            Assert.Equal(1, deviation.Agreement!.Value, 0.002);
            Assert.True(deviation.Divergence < 1e-7, $"{deviation.Divergence}");
        }

        static PassContext Context() => new("quantize", null, new StepGate(), null, new TypeInference());
    }

    [Theory]
    [InlineData(0.1, "10 %", 31)]
    [InlineData(0.5, "50 %", 2)]
    [InlineData(1, "100 %", 1)]
    public void It_says_up_to_how_many_rows_it_pays(double active, string share, int rows)
    {
        var said = Sparsify.BreakEven(active);
        Assert.Equal("ONNXC0385", said.Id);
        Assert.Equal($"`sparsify`: {share} of what is read is needed, which pays up to about {rows} rows at a time", said.Message);
        var model = Text("trained-text-lm");
        Assert.Contains(Run(model, new() { Predicate = SparsityPredicate.TopK, Target = 1 - Math.Min(active, 0.9) }).Diagnostics, d => d.Id == "ONNXC0385");
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
