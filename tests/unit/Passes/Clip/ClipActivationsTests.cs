using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Clip;

/// <summary>Bounds that come from data, and what they are worth under faults.</summary>
public sealed class ClipActivationsTests : IDisposable
{
    const double HardRate = 3e-5;

    readonly string folder = Directory.CreateTempSubdirectory("onnxc-clip-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static string Fashion(string file) => SharedData.Model($"fashion-mnist-keras/{file}");

    CompileResult Compile(string pipeline, string? data = "calib.npz", string name = "out.onnx", int limit = 50) => Compiler.Compile(new CompileOptions
    {
        Input = Fashion("model.onnx"),
        Output = Path.Combine(folder, name),
        Pipeline = pipeline,
        Data = data is null ? null : Fashion(data),
        DataLimit = limit,
        Gates = null,
    });

    string Clipped(string pipeline, string name)
    {
        var result = Compile($"convert-opset{{to=21}}, {pipeline}", name: name);
        Assert.DoesNotContain(result.Diagnostics, d => d.IsError);
        return Path.Combine(folder, name);
    }

    static List<Node> Clips(string path) => [.. ModelReader.Read(path).OrThrow().Main.Nodes.Where(n => n.Op.Name == "ClippedActivation")];

    static float[] High(Node clip) => clip.Input(2)!.Constant!.ToArray<float>();

    static FaultLedger Faults(string path, double rate = HardRate)
    {
        var source = ModelSource.File(path);
        var data = DataSet.ReadFor(source.Read().OrThrow(), Fashion("eval.npz")).OrThrow();
        return new FaultCampaign(source, data, new() { Rates = [rate], Trials = 20, Limit = 100 }).Run().OrThrow();
    }

    [Fact]
    public void Bounds_are_what_was_seen_and_let_it_through()
    {
        var clips = Clips(Clipped("clip-activations", "range.onnx"));
        Assert.Equal(2, clips.Count);
        Assert.All(clips, c => Assert.True(High(c).Single() > 0.5));
        var wider = Clips(Clipped("clip-activations{margin=2}", "wide.onnx"));
        Assert.Equal(clips.Select(c => 2 * High(c)[0]), wider.Select(c => High(c)[0]));
        Assert.Equal(Faults(Fashion("model.onnx")).Right, Faults(Path.Combine(folder, "wide.onnx")).Right);
    }

    [Theory]
    [InlineData("channel", new long[] { 64, 1, 1 })]
    [InlineData("hybrid", new long[] { 64, 4, 4 })]
    [InlineData("layer", new long[0])]
    public void Bounds_have_the_extents_of_what_shares_them(string granularity, long[] expected)
    {
        var clips = Clips(Clipped($"clip-activations{{granularity={granularity}}}", "shared.onnx"));
        Assert.Equal(expected, clips[1].Input(2)!.Constant!.Dims);
        var layer = Clips(Clipped("clip-activations", "layer.onnx"));
        // The largest of the parts is that of the whole.
        Assert.Equal(High(layer[1]).Single(), High(clips[1]).Max());
    }

    [Theory]
    [InlineData("clip-activations{method=ft-clipact, trials=2, max-drop=0.02}")]
    [InlineData("clip-activations{method=proact, max-drop=0.02}")]
    [InlineData("clip-activations{method=fitact, max-drop=0.02}")]
    public void Searched_bounds_are_no_wider_and_regain_most_of_what_faults_took(string pipeline)
    {
        var range = Clips(Clipped("clip-activations", "range.onnx"));
        var searched = Clipped(pipeline, "searched.onnx");
        Assert.All(Clips(searched).Zip(range), p => Assert.True(High(p.First).Max() <= High(p.Second).Max()));
        var (plain, kept) = (Faults(Fashion("model.onnx")), Faults(searched));
        var lost = plain.Baseline - plain.Curve(0)[0].Kept.Mean;
        Assert.True(lost > 0.2, "the rate is one that hurts");
        Assert.True(kept.Curve(0)[0].Kept.Mean - plain.Curve(0)[0].Kept.Mean >= 0.6 * lost);
    }

    [Fact]
    public void The_same_search_finds_the_same_bytes()
    {
        const string Pipeline = "clip-activations{method=ft-clipact, trials=2}";
        Assert.Equal(File.ReadAllBytes(Clipped(Pipeline, "one.onnx")), File.ReadAllBytes(Clipped(Pipeline, "two.onnx")));
    }

    // The range of integers keeps faults small by itself, before the clip or behind it, so that accuracy shows little of what the clip adds.
    [Theory]
    [InlineData("behind-pools=true")]
    [InlineData("behind-pools=false")]
    public void A_clip_survives_quantization(string place)
    {
        const string Integers = "quantize{activations=uint8}";
        var quantized = Clipped(Integers, "integers.onnx");
        var clipped = Clipped($"clip-activations{{method=ft-clipact, trials=2, max-drop=0.02, {place}}}, {Integers}", "both.onnx");
        var clips = Clips(clipped);
        Assert.Equal(2, clips.Count);
        var followed = clips.SelectMany(c => Quantized(c.Output).Select(q => (Clip: c, Node: q))).ToList();
        Assert.NotEmpty(followed);
        foreach (var (clip, node) in followed)
        {
            // Integers reach no further than what the clip lets through.
            var (scale, zero) = (node.Input(1)!.Constant!.ToArray<float>()[0], node.Input(2)!.Constant!.ToArray<byte>()[0]);
            Assert.True(scale * (byte.MaxValue - zero) <= High(clip).Max() * 1.01f);
        }
        Assert.True(Faults(clipped, 1e-3).Curve(0)[0].Kept.High >= Faults(quantized, 1e-3).Curve(0)[0].Kept.Mean);

        // Where the value is quantized next.
        static IEnumerable<Node> Quantized(Value value) => value.Uses.Select(u => u.User).OfType<Node>()
            .SelectMany(n => n.Op.Name switch { "QuantizeLinear" => [n], "MaxPool" or "Transpose" or "Reshape" => Quantized(n.Output), _ => Enumerable.Empty<Node>() });
    }

    [Fact]
    public void Clipping_twice_changes_nothing()
    {
        var once = Clipped("clip-activations", "once.onnx");
        var twice = Clipped("clip-activations, clip-activations", "twice.onnx");
        Assert.Equal(File.ReadAllBytes(once), File.ReadAllBytes(twice));
    }

    [Theory]
    [InlineData("clip-activations", "ONNXC0349", null)]
    [InlineData("clip-activations{method=ft-clipact}", "ONNXC0349", null)]
    [InlineData("clip-activations{method=proact, metric=accuracy}", "ONNXC0344", "calib.npz")]
    [InlineData("clip-activations{method=ft-clipact, rates=[1e-6, 1.5]}", "ONNXC0350", "calib.npz")]
    [InlineData("clip-activations{bound=-1}", "ONNXC0350", null)]
    [InlineData("clip-activations{bound=1, method=proact}", "ONNXC0350", "calib.npz")]
    [InlineData("clip-activations{bound=1} where op == Conv", "ONNXC0348", null)]
    public void Nonsense_is_refused(string step, string id, string? data) =>
        Assert.Contains(Compile($"convert-opset{{to=21}}, {step}", data).Diagnostics, d => d.Id == id && d.IsError);
}
