using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Experts;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Experts;

/// <summary>Experts of trained models, in the forms in which they were exported.</summary>
public sealed class TrainedExpertTests
{
    static Model Apply(string path, string pipeline)
    {
        var model = ModelReader.Read(SharedData.Model(path)).OrThrow();
        var bound = PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow();
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }, new OrtOptimizer()).Run(bound, model);
        Assert.True(run.Succeeded, string.Join('\n', run.Diagnostics));
        return model;
    }

    static List<ExpertLayer> Layers(Model model) => [.. model.Main.Nodes.Select(ExpertLayer.Read).OfType<ExpertLayer>()];

    [Fact]
    public void Both_exports_of_a_model_become_the_same_nodes()
    {
        var (unrolled, dense) = (Apply("trained-text-lm-moe/model.onnx", "find-experts"), Apply("trained-text-lm-moe/model_dense.onnx", "find-experts"));
        Assert.Equal(unrolled.Main.Nodes.Select(n => n.Op), dense.Main.Nodes.Select(n => n.Op));
        var pairs = Layers(unrolled).Zip(Layers(dense)).ToList();
        Assert.Equal(4, pairs.Count);
        Assert.All(pairs, pair =>
        {
            Assert.Equal(pair.First.Form, pair.Second.Form);
            Assert.Equal((8, 2), (pair.First.Experts, pair.First.Selected));
            Assert.Equal(pair.First.Selected, pair.Second.Selected);
            Assert.True(pair.First.Gate!.Constant!.ContentEquals(pair.Second.Gate!.Constant!));
            Assert.True(pair.First.Up.Constant!.ContentEquals(pair.Second.Up.Constant!));
            Assert.True(pair.First.Down.Constant!.ContentEquals(pair.Second.Down.Constant!));
        });
    }

    [Theory]
    [InlineData("model", "grouped")]
    [InlineData("model", "dense")]
    [InlineData("model", "moe")]
    [InlineData("model_dense", "grouped")]
    [InlineData("model_dense", "moe")]
    public void Lowered_models_compute_the_same(string export, string form)
    {
        var path = $"trained-text-lm-moe/{export}.onnx";
        var lowered = Apply(path, $"find-experts, lower-experts{{form={form}}}");
        Assert.DoesNotContain(lowered.Main.Nodes, n => ExpertForm.Of(n) is not null);
        Assert.InRange(Difference(path, lowered, "trained-text-lm-moe/eval.npz"), 0, 1e-4);
    }

    [Fact]
    public void A_policy_of_experts_that_are_all_chosen_becomes_one_wide_layer()
    {
        var found = Layers(Apply("moe-locomotion/model.onnx", "convert-opset{to=17}, find-experts")).Single();
        Assert.Equal((8, 8, 256, 128, 32), (found.Experts, found.Selected, found.Inputs, found.Width, found.Outputs));
        Assert.Equal(ExpertActivation.Elu, found.Form.Activation);
        var lowered = Apply("moe-locomotion/model.onnx", "convert-opset{to=17}, find-experts, lower-experts");
        Assert.DoesNotContain(lowered.Main.Nodes, n => n.Op.Is("Conv"));
        var comparer = new ModelComparer(new ComparisonOptions { Mode = ToleranceMode.Rounding, Runs = 4 });
        Assert.True(comparer.Compare(ModelSource.File(SharedData.Model("moe-locomotion/model.onnx")), ModelSource.Bytes(ModelWriter.ToBytes(lowered)), cancellation: TestContext.Current.CancellationToken).OrThrow().Passed);
    }

    static double Difference(string path, Model candidate, string data)
    {
        using var first = OrtModel.Load(SharedData.Model(path)).OrThrow();
        using var second = OrtModel.Load(ModelWriter.ToBytes(candidate)).OrThrow();
        var samples = DataSet.Read(SharedData.Model(data), first.Inputs, first.Outputs).OrThrow().Batches(first.Inputs, 1, 8);
        return samples.Max(s => Read(first, s).Zip(Read(second, s), (a, b) => Math.Abs(a - b)).Max());

        static double[] Read(OrtModel model, Sample sample) => TensorNumbers.Read(((TensorValue)model.Run(sample.Inputs).OrThrow().Values.First()).Data);
    }
}
