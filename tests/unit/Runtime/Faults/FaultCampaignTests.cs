using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Runtime.Faults;

/// <summary>Campaigns on real models.</summary>
public sealed class FaultCampaignTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-faults-").FullName;

    static readonly FaultOptions Few = new() { Rates = [1e-5, 1e-4], Trials = 6, Limit = 50, Threads = 1 };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static FaultLedger Run(FaultOptions options, string? file = null)
    {
        var source = ModelSource.File(SharedData.Model("fashion-mnist-keras/model.onnx"));
        using var loaded = source.Load().OrThrow();
        var data = DataSet.Read(SharedData.Model("fashion-mnist-keras/eval.npz"), loaded.Inputs, loaded.Outputs).OrThrow();
        return new FaultCampaign(source, data, options).Run(file).OrThrow();
    }

    static IEnumerable<KeyValuePair<(int, int, int), FaultTrial>> Trials(FaultLedger ledger) => ledger.Trials;

    [Fact]
    public void Trials_are_the_same_on_two_threads_and_in_shards()
    {
        var one = Run(Few);
        Assert.Equal(12, one.Trials.Count);
        Assert.Equal(Trials(one), Trials(Run(Few with { Threads = 2 })));
        var (first, second) = (Run(Few with { Shards = 2 }), Run(Few with { Shards = 2, Shard = 1 }));
        Assert.Null(first.Mismatch(second));
        foreach (var (place, trial) in second.Trials) first.Add(place, trial);
        Assert.Equal(Trials(one), Trials(first));
    }

    [Fact]
    public void Another_seed_strikes_elsewhere()
    {
        var (one, other) = (Run(Few), Run(Few with { Seed = 1 }));
        Assert.NotNull(one.Mismatch(other));
        Assert.NotEqual(one.Trials.Values.Select(t => t.Hits), other.Trials.Values.Select(t => t.Hits));
    }

    [Fact]
    public void An_interrupted_run_goes_on()
    {
        var file = Path.Combine(folder, "ledger");
        var whole = Run(Few, file);
        var lines = File.ReadAllLines(file);
        Assert.Equal(13, lines.Length);
        // A line cut short, and one that only a run that takes it over can bring back.
        File.WriteAllLines(file, [.. lines[..5], "[0,4,0,1,2,3]", "[1,5,", "[1,5,3,1"]);
        File.AppendAllText(file, "[0,1,5,0,0,77]\n");
        var again = Run(Few, file);
        Assert.Equal(77, again.Trials[(0, 1, 5)].Hits);
        Assert.Equal(whole.Trials.Where(t => t.Key != (0, 1, 5)), again.Trials.Where(t => t.Key != (0, 1, 5)));
        Assert.Equal(Trials(again), Trials(FaultLedgerFile.Read(file).OrThrow()));
    }

    /// <summary>What no output shows may as well not lie in the memory that is struck: it is left out, and named.</summary>
    [Fact]
    public void Weights_that_no_output_depends_on_are_named()
    {
        var model = OnnxParser.Parse("""
            <ir_version: 8, opset_import: ["": 17]>
            g (float[N, 1] x) => (float[N, 3] y) <float[1, 3] seen = {1, -2, 0.5}, float[1, 3] unseen = {3, 2, 1}, float one = {1}> {
              a = MatMul (x, seen)  b = MatMul (x, unseen)  m = Abs (b)  n = Neg (m)  d = Sub (n, one)  z = Relu (d)  y = Add (a, z)
            }
            """).OrThrow();
        var path = Path.Combine(folder, "data.npz");
        NpzFile.Write(path, [new("x", TensorData.Floats([1, -2, 3, 4], 4, 1))]);
        var campaign = new FaultCampaign(ModelSource.Bytes(ModelWriter.ToBytes(model)), DataSet.ReadFor(model, path).OrThrow(), Few with { Rates = [1], Trials = 1 }).Run();
        var warning = Assert.Single(campaign.Diagnostics);
        Assert.Equal(("ONNXC0345", Severity.Warning), (warning.Id, warning.Severity));
        Assert.Contains("`unseen`", warning.Message, StringComparison.Ordinal);
        Assert.Equal(campaign.OrThrow().Trials[(0, 0, 0)].Hits, campaign.OrThrow().Bits);
    }

    [Fact]
    public void No_faults_change_nothing_and_all_of_them_everything()
    {
        var ledger = Run(Few with { Rates = [0, 1], Trials = 1 });
        Assert.Equal(ledger.Right, ledger.Trials[(0, 0, 0)].Right);
        Assert.Equal(ledger.Decisions, ledger.Trials[(0, 0, 0)].Same);
        Assert.Equal(ledger.Bits, ledger.Trials[(0, 1, 0)].Hits);
        // Every exponent inverted: weights of 1e30 and more.
        Assert.True(ledger.Trials[(0, 1, 0)].Right < ledger.Right);
    }

    [Fact]
    public void Layers_have_their_own_curves_and_bits_too()
    {
        var layers = Run(Few with { Scope = FaultScope.Layer, Trials = 1 });
        Assert.Equal(3, layers.Targets.Length);
        var bits = Run(Few with { Scope = FaultScope.Bit, Trials = 2, Rates = [1e-3] });
        Assert.Equal(32, bits.Targets.Length);
        Assert.True(bits.Curve(30)[0].Kept.Mean < bits.Curve(0)[0].Kept.Mean, "the highest bit of the exponent hurts most");
        Assert.Equal(1, bits.Curve(0)[0].Kept.Mean / bits.Baseline, 2);
    }

    [Fact]
    public void Only_the_layers_asked_for_are_hit()
    {
        var whole = Run(Few with { Trials = 1 });
        var one = Run(Few with { Layers = [".*dense/MatMul.*"], Trials = 1 });
        Assert.InRange(one.Bits, 1024 * 10 * 32, (1024 * 10 + 10) * 32);
        Assert.True(one.Bits < whole.Bits);
    }

    [Theory]
    [InlineData(FaultSampler.Exact)]
    [InlineData(FaultSampler.Toolbox)]
    public void Counts_of_other_samplers_are_fixed(FaultSampler sampler)
    {
        var ledger = Run(Few with { Faults = new() { Sampler = sampler }, Rates = [1e-4] });
        var expected = sampler == FaultSampler.Exact ? (long)Math.Round(ledger.Bits * 1e-4)
            : new long[] { 1024 * 10, 10, 64 * 32 * 25, 64, 32 * 25, 32 }.Sum(n => (long)Math.Floor(n * 32 * 1e-4));
        Assert.All(ledger.Trials.Values, t => Assert.Equal(expected, t.Hits));
    }

    [Fact]
    public void Stops_once_the_interval_is_narrow()
    {
        var ledger = Run(Few with { Rates = [1e-9], Trials = 40, Until = 0.01 });
        Assert.Equal(10, ledger.Trials.Count);
        Assert.Equal(Trials(ledger), Trials(Run(Few with { Rates = [1e-9], Trials = 40, Until = 0.01, Threads = 2 })));
    }

    [Theory]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.Int8)]
    public void Weights_of_other_types_are_hit_in_their_own_bits(ElementType element)
    {
        var source = ModelSource.Bytes(Onnxc.Serialization.ModelWriter.ToBytes(Onnxc.Text.OnnxParser.Parse(element == ElementType.Float16
            ? "<ir_version: 8, opset_import: [\"\": 17]>\ng (float16[n,2] x) => (float16[n,2] y) <float16[2,2] w = {1, 0, 0, 1}> { y = MatMul (x, w) }"
            : "<ir_version: 8, opset_import: [\"\": 17]>\ng (float[n,2] x) => (float[n,2] y) <int8[2] w = {1, 1}, float s = {1}> { d = DequantizeLinear (w, s)  y = Mul (x, d) }").OrThrow()));
        using var loaded = source.Load().OrThrow();
        var path = Path.Combine(folder, "data.npz");
        var x = element == ElementType.Float16 ? TensorData.Of<Half>(ElementType.Float16, [2, 2], [(Half)1, (Half)2, (Half)2, (Half)1]) : TensorData.Floats([1, 2, 2, 1], 2, 2);
        NpzFile.Write(path, new Dictionary<string, TensorData> { ["x"] = x, ["labels"] = TensorData.Int64s([1, 0]) });
        var data = DataSet.Read(path, loaded.Inputs, loaded.Outputs).OrThrow();
        var ledger = new FaultCampaign(source, data, Few with { Rates = [0.5], Layers = ["w"], Trials = 40 }).Run().OrThrow();
        Assert.Equal(2, ledger.Right);
        Assert.Equal(element == ElementType.Float16 ? 4 * 16 : 2 * 8, ledger.Bits);
        Assert.Contains(ledger.Trials.Values, t => t.Right < 2);
    }
}
