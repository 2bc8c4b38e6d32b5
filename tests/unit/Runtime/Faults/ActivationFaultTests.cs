using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Runtime.Faults;

/// <summary>Campaigns in which what layers give is struck.</summary>
public sealed class ActivationFaultTests : IDisposable
{
    static readonly FaultOptions Activations = new() { Memory = FaultyMemory.Activations, Rates = [1e-5, 1e-4], Trials = 4, Limit = 50, Batch = 20, Threads = 1 };

    readonly string folder = Directory.CreateTempSubdirectory("onnxc-activation-faults-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // What the first layer gives is read twice, on both sides of the second.
    const string Residual = """
        <ir_version: 8, opset_import: ["": 17]>
        g (float[N, 2] x) => (float[N, 2] y) <float[2, 2] first = {1, 0, 0, 1}, float[2, 2] second = {2, 0, 0, 2}> {
          a = MatMul (x, first)  r = Abs (a)  b = MatMul (r, second)  y = Add (b, a)
        }
        """;

    FaultLedger Run(string text, FaultOptions options) => Campaign(text, options).OrThrow();

    Result<FaultLedger> Campaign(string text, FaultOptions options)
    {
        var model = OnnxParser.Parse(text).OrThrow();
        var path = Path.Combine(folder, "data.npz");
        NpzFile.Write(path, [new("x", TensorData.Floats([1, 2, 4, 3, 5, 6], 3, 2))]);
        return new FaultCampaign(ModelSource.Bytes(ModelWriter.ToBytes(model)), DataSet.ReadFor(model, path).OrThrow(), options).Run();
    }

    static FaultLedger OnFashion(FaultOptions options)
    {
        var source = ModelSource.File(SharedData.Model("fashion-mnist-keras/model.onnx"));
        using var loaded = source.Load().OrThrow();
        var data = DataSet.Read(SharedData.Model("fashion-mnist-keras/eval.npz"), loaded.Inputs, loaded.Outputs).OrThrow();
        return new FaultCampaign(source, data, options).Run().OrThrow();
    }

    [Fact]
    public void Every_sample_has_memory_of_its_own()
    {
        var ledger = Run(Residual, Activations with { Rates = [0, 1], Trials = 1, Batch = 2 });
        Assert.Equal(3 * (2 + 2) * 32, ledger.Bits);
        Assert.Equal(3, ledger.Trials[(0, 0, 0)].Same);
        Assert.Equal(ledger.Bits, ledger.Trials[(0, 1, 0)].Hits);
    }

    [Fact]
    public void What_was_hit_is_what_all_later_layers_read()
    {
        // With its sign inverted in front of both readers, 3x becomes 2x - x: the order stays. Behind the second layer alone it becomes -2x + x: it turns.
        var options = Activations with { Rates = [1], Trials = 1, Scope = FaultScope.Layer, Faults = new() { Bit = 31 } };
        var ledger = Run(Residual, options);
        Assert.Equal(2, ledger.Targets.Length);
        Assert.Equal((3, 0), (ledger.Trials[(0, 0, 0)].Same, ledger.Trials[(1, 0, 0)].Same));
        Assert.All(ledger.Trials.Values, t => Assert.Equal(6, t.Hits));
    }

    [Fact]
    public void Layers_behind_an_operator_of_ours_are_reached()
    {
        var clipped = Residual.Replace("[\"\": 17]", "[\"\": 17, \"ai.onnxc\": 1]", StringComparison.Ordinal)
            .Replace("r = Abs (a)", "low = Constant <value_float = 0.0> ()  high = Constant <value_float = 100.0> ()  r = ai.onnxc.ClippedActivation (a, low, high)", StringComparison.Ordinal);
        var ledger = Run(clipped, Activations with { Rates = [0, 1], Trials = 1, Layers = ["second"] });
        Assert.Equal(3 * 2 * 32, ledger.Bits);
        Assert.Equal((3, 6 * 32), (ledger.Trials[(0, 0, 0)].Same, ledger.Trials[(0, 1, 0)].Hits));
    }

    [Fact]
    public void Bits_that_are_stuck_stay_as_they_are()
    {
        var stuck = new FaultModel { Bit = 31, Kind = FaultKind.StuckAt0 };
        Assert.Equal(3, Run(Residual, Activations with { Rates = [1], Trials = 1, Faults = stuck }).Trials[(0, 0, 0)].Same);
        var ledger = Run(Residual, Activations with { Rates = [1], Trials = 1, Layers = ["second"], Faults = stuck with { Kind = FaultKind.StuckAt1 } });
        Assert.Equal(0, ledger.Trials[(0, 0, 0)].Same);
    }

    [Theory]
    [InlineData(FaultSampler.Exact, 19)]
    [InlineData(FaultSampler.Toolbox, 18)]
    public void Counts_of_other_samplers_are_fixed(FaultSampler sampler, int expected)
    {
        // 192 bits in each of two layers: 19.008 of both together, twice 9.504 rounded down.
        var ledger = Run(Residual, Activations with { Rates = [0.0495], Trials = 3, Faults = new() { Sampler = sampler } });
        Assert.All(ledger.Trials.Values, t => Assert.Equal(expected, t.Hits));
    }

    [Fact]
    public void Without_layers_there_is_nothing_to_strike()
    {
        var failed = Campaign("<ir_version: 8, opset_import: [\"\": 17]>\ng (float[N, 2] x) => (float[N, 2] y) { y = Abs (x) }", Activations);
        Assert.Equal("ONNXC0342", Assert.Single(failed.Diagnostics).Id);
    }

    [Fact]
    public void Trials_are_the_same_on_two_threads_and_in_shards()
    {
        var one = OnFashion(Activations);
        Assert.True(one.Trials[(0, 1, 0)].Same < one.Decisions);
        Assert.Equal(one.Trials.ToList(), OnFashion(Activations with { Threads = 2 }).Trials.ToList());
        var (first, second) = (OnFashion(Activations with { Shards = 2 }), OnFashion(Activations with { Shards = 2, Shard = 1 }));
        Assert.Null(first.Mismatch(second));
        foreach (var (place, trial) in second.Trials) first.Add(place, trial);
        Assert.Equal(one.Trials.ToList(), first.Trials.ToList());
    }

    [Fact]
    public void Without_faults_the_parts_decide_as_the_whole_does()
    {
        var weights = OnFashion(Activations with { Memory = FaultyMemory.Weights, Rates = [0], Trials = 1 });
        var activations = OnFashion(Activations with { Rates = [0], Trials = 1 });
        Assert.Equal(weights.Right, activations.Right);
        Assert.NotNull(weights.Mismatch(activations));
    }
}
