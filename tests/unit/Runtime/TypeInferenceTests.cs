using System.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class TypeInferenceTests
{
    [Fact]
    public void Large_graphs_take_linear_time()
    {
        // One session over 60,000 nodes of this kind takes 46 s.
        var model = Samples.Chain(60_000);
        var clock = Stopwatch.StartNew();
        Assert.Null(new TypeInference().Infer(model));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), clock.Elapsed.ToString());
        Assert.All(model.Main.Nodes, n => Assert.Equal(Samples.Floats(Dim.Named("N"), 8), n.Output.Type));
    }

    [Fact]
    public void An_unchanged_model_is_not_looked_at_again()
    {
        var model = Samples.Chain(10);
        var inference = new TypeInference();
        Assert.Null(inference.Infer(model));
        var revision = model.Revision;
        model.Main.Nodes.First!.Output.SetType(null, inferred: true);
        Assert.Null(inference.Infer(model));
        Assert.Null(model.Main.Nodes.First.Output.Type);
        Assert.Equal(revision, model.Revision);
    }

    [Fact]
    public void Segments_see_how_shapes_are_computed()
    {
        var model = Samples.NewModel();
        var x = model.Main.AddInput("x", Samples.Floats(2, 3, 4));
        var shape = Samples.Add(model.Main, "Shape", [x], "shape");
        var flat = model.Main.AddInput("flat", Samples.Floats(24));
        var same = Samples.Add(model.Main, "Identity", [shape], "same");
        var y = Samples.Add(model.Main, "Reshape", [flat, shape], "y");
        model.Main.AddOutput(same);
        model.Main.AddOutput(y);
        Assert.Null(new TypeInference(segmentSize: 1).Infer(model));
        Assert.Equal(Samples.Floats(2, 3, 4), y.Type);
    }

    [Fact]
    public void What_an_unknown_operator_hides_is_all_that_is_lost()
    {
        var model = Samples.NewModel();
        model.Opsets = model.Opsets.With("com.example", 1);
        var x = model.Main.AddInput("x", Samples.Floats(2));
        var before = Samples.Add(model.Main, "Neg", [x], "before");
        var strange = model.Main.AddNode(new OpId("com.example", "Strange"), [before], ["strange"]).Output;
        var behind = Samples.Add(model.Main, "Neg", [strange], "behind");
        var beside = Samples.Add(model.Main, "Abs", [before], "beside");
        model.Main.AddOutput(behind);
        model.Main.AddOutput(beside);
        Assert.Null(new TypeInference().Infer(model));
        Assert.Equal(Samples.Floats(2), before.Type);
        Assert.Null(strange.Type);
        Assert.Null(behind.Type);
        Assert.Equal(Samples.Floats(2), beside.Type);
    }

    [Fact]
    public void Weights_in_four_bits_are_typed()
    {
        var model = Samples.NewModel();
        var w = model.Main.AddInitializer("w", TensorNumbers.Pack(ElementType.Int4, [64, 64], new double[4096]));
        var t = Samples.Add(model.Main, "Transpose", [w], "t");
        model.Main.AddOutput(t);
        Assert.Null(new TypeInference().Infer(model));
        Assert.Equal(new TensorType(ElementType.Int4, new Shape([64L, 64L])), t.Type);
    }

    [Fact]
    public void Functions_are_seen_through_and_may_not_explode()
    {
        var model = Samples.NewModel();
        model.Opsets = model.Opsets.With("f", 1);
        for (var level = 0; level < 30; level++)
        {
            var function = model.AddFunction(new OpId("f", $"F{level}"), model.Opsets);
            var input = function.Body.AddInput("a");
            var inner = level == 0 ? new OpId("", "Neg") : new OpId("f", $"F{level - 1}");
            var once = function.Body.AddNode(inner, [input], ["b"]).Output;
            function.Body.AddOutput(function.Body.AddNode(inner, [once], ["c"]).Output);
        }
        var x = model.Main.AddInput("x", Samples.Floats(2));
        var y = model.Main.AddNode(new OpId("f", "F3"), [x], ["y"]).Output;
        model.Main.AddOutput(y);
        Assert.Null(new TypeInference().Infer(model));
        Assert.Equal(Samples.Floats(2), y.Type);
        var z = model.Main.AddNode(new OpId("f", "F29"), [y], ["z"]).Output;
        model.Main.AddOutput(z);
        Assert.Contains("expanded", new TypeInference().Infer(model), StringComparison.Ordinal);
    }

    [Fact]
    public void Bodies_are_typed_where_captures_are()
    {
        var path = SharedData.Model("silero-vad/model.onnx");
        var model = ModelReader.Read(path).OrThrow();
        Assert.Null(new TypeInference().Infer(model));
        Assert.All(model.AllNodes().SelectMany(n => n.Outputs).Where(o => o.Name.Length > 0), o => Assert.NotNull(o.Type));
    }

    [Fact]
    public void Segmented_and_whole_inference_agree_on_real_models()
    {
        Assert.SkipUnless(SharedData.IsAvailable, "the models are not here");
        foreach (var path in SharedData.AllModels())
        {
            if (ModelReader.Read(path) is not { IsOk: true, Value: { } whole }) continue;
            var segmented = ModelReader.Read(path).OrThrow();
            Assert.Null(new TypeInference(1_000_000).Infer(whole));
            Assert.Null(new TypeInference(50).Infer(segmented));
            Assert.Equal(Types(whole), Types(segmented));
        }

        static IEnumerable<string> Types(Model model) => model.Main.Nodes.SelectMany(n => n.Outputs).Select(o => $"{o.Name} {o.Type}");
    }
}
