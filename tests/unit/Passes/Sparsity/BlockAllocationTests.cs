using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Sparsity;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Sparsity;

public sealed class BlockAllocationTests
{
    static Model Text(string name = "trained-text-lm") => ModelReader.Read(SharedData.Model($"{name}/model.onnx")).OrThrow();

    static DataSet Data(Model model, string file) => DataSet.ReadFor(model, SharedData.Model($"trained-text-lm/{file}")).OrThrow();

    static List<SparseSite> Sites(Model model)
    {
        var cx = new PassContext("sparsify", null, new StepGate(), null, new TypeInference());
        cx.InferTypes(model);
        return new SparseSites(new() { Predicate = SparsityPredicate.Threshold }, cx).In(model);
    }

    [Fact]
    public void Blocks_of_a_trained_model_hold_an_attention_and_a_feed_forward_part()
    {
        var model = Text();
        var blocks = OutputBlocks.In(model.Main, Sites(model));
        Assert.Equal([7, 7, 7, 7], blocks.Select(b => b.Sites.Count));
        Assert.All(blocks, b => Assert.Equal("Add", b.Output.Producer!.Op.Name));
    }

    [Theory]
    [InlineData(0.6)]
    public void Every_block_is_as_sparse_as_asked_for_and_nearer_to_the_dense_one_than_with_the_same_share_of_all(double target)
    {
        var model = Text();
        var (sites, calibrator) = (Sites(model), new DataCalibrator(Data(model, "calib.npz"), new() { Limit = 8 }));
        var sorted = calibrator.Rows(model, [.. sites.Select(s => s.Product.Input).Distinct()], 256).OrThrow()
            .ToDictionary(r => r.Key, r => r.Value.Select(Math.Abs).Order().ToArray());
        var found = BlockAllocation.Find(model, sites, calibrator, 256, target, Bound);
        var blocks = OutputBlocks.In(model.Main, sites);
        foreach (var (members, _) in blocks)
            Assert.Equal(target, members.Sum(s => s.Weights * found.Share(s, target)) / members.Sum(s => s.Weights), 0.001);
        var probe = new BlockProbe(model, blocks);
        var chosen = probe.Errors(calibrator, sites.ToDictionary(s => s, s => Bound(s, found.Share(s, target))), 256)!;
        var uniform = probe.Errors(calibrator, sites.ToDictionary(s => s, s => Bound(s, target)), 256)!;
        foreach (var (_, output) in blocks) Assert.True(chosen[output] < uniform[output], $"{chosen[output]} and {uniform[output]}");

        float Bound(SparseSite site, double share) => ErrorCurve.Quantile(sorted[site.Product.Input], share);
    }

    /// <summary>On data that thresholds were not found on.</summary>
    [Theory]
    [InlineData(0.5)]
    public void Allocation_by_blocks_is_no_worse_than_the_same_share_of_all(double target)
    {
        var model = Text();
        var sites = Sites(model);
        var profile = SparsityProfile.Learn(model, new() { Predicate = SparsityPredicate.Threshold, Target = target }, sites, new DataCalibrator(Data(model, "calib.npz"), new() { Limit = 8 })).OrThrow();
        var settings = profile.At(target);
        Assert.Equal(target, sites.Sum(s => s.Weights * settings[s].Sparsity) / sites.Sum(s => s.Weights), 0.001);
        var (allocated, uniform) = (Divergence(s => settings[sites[s]]), Divergence(s => profile.At(sites[s], target)));
        Assert.True(allocated <= uniform, $"{allocated} and {uniform}");
    }

    static double Divergence(Func<int, SparseSetting> setting)
    {
        var (model, original) = (Text(), Text());
        var sites = Sites(model);
        for (var i = sites.Count - 1; i >= 0; i--) new SparseWriter(sites[i], setting(i), soft: false).Write();
        return new ModelMeter(Data(original, "eval.npz"), 8, SessionSettings.Default.WithKernels()).Measure(original, model).OrThrow().Divergence;
    }
}
