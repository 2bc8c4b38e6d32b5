using CsCheck;
using Onnxc.IR;
using Onnxc.Passes.Fuse;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Fuse;

public sealed class FuseConvBatchNormTests
{
    readonly FuseConvBatchNorm pass = new();

    static Value Vector(Graph graph, string name, params float[] values) =>
        graph.Function is null ? graph.AddInitializer(name, TensorData.Floats(values)) : graph.Op("Constant", name, [], ("value", TensorData.Floats(values)));

    static Value Normalize(Graph graph, Value x, params (string, AttributeValue)[] attributes) => graph.Op("BatchNormalization", "y",
        [x, Vector(graph, "scale", 2, 3), Vector(graph, "shift", 1, -1), Vector(graph, "mean", 0.5f, 0.25f), Vector(graph, "var", 4, 9)],
        [("epsilon", 0f), .. attributes]);

    static Value Convolve(Graph graph, Value x, bool bias = false, TensorData? weights = null, string op = "Conv", params (string, AttributeValue)[] attributes)
    {
        var data = weights ?? TensorData.Floats([1, 2], 2, 1, 1, 1);
        var w = graph.Function is null ? graph.AddInitializer("w", data) : graph.Op("Constant", "w", [], ("value", data));
        return graph.Op(op, "c", bias ? [x, w, Vector(graph, "b", 10, 20)] : [x, w], attributes);
    }

    static Model Build(Func<Graph, Value, Value> body, long opset = 21)
    {
        var model = NewModel(opset);
        model.Main.AddOutput(body(model.Main, model.Main.AddInput("x", Type(1, 1, 5, 5))));
        return model;
    }

    static float[] Input(Graph graph, int slot) => graph.Nodes.Last!.Input(slot)!.Constant!.ToArray<float>();

    [Fact]
    public void Combines_weights_and_bias()
    {
        var model = Build((g, x) => Normalize(g, Convolve(g, x, bias: true, attributes: ("pads", new long[] { 1, 1, 1, 1 }))));
        Run(pass, model);
        var conv = Assert.Single(model.Main.Nodes);
        Assert.Equal(("Conv", "Conv_c", "y"), (conv.Op.Name, conv.Name!, conv.Output.Name));
        Assert.Equal([1, 1, 1, 1], conv.Attributes.Ints("pads")!.Value);
        Assert.Equal([1f, 2f], Input(model.Main, 1));
        Assert.Equal([10.5f, 18.75f], Input(model.Main, 2));
    }

    [Fact]
    public void A_missing_bias_counts_as_zero()
    {
        var model = Build((g, x) => Normalize(g, Convolve(g, x)));
        Run(pass, model);
        Assert.Equal([0.5f, -1.25f], Input(model.Main, 2));
    }

    [Fact]
    public void Transposed_convolutions_have_their_channels_second()
    {
        // [C = 2, M / group = 1], two groups: row i makes channel i.
        var grouped = Build((g, x) => Normalize(g, Convolve(g, x, weights: TensorData.Floats([1, 2], 2, 1, 1, 1), op: "ConvTranspose", attributes: ("group", 2))));
        Run(pass, grouped);
        Assert.Equal([1f, 2f], Input(grouped.Main, 1));
        // [C = 1, M = 2]: the columns make the channels; factors are 1 and 1, so tell them apart by another scale.
        var plain = Build((g, x) => g.Op("BatchNormalization", "y", [Convolve(g, x, weights: TensorData.Floats([1, 2, 3, 4], 2, 2, 1, 1), op: "ConvTranspose"),
            Vector(g, "s", 1, 10), Vector(g, "h", 0, 0), Vector(g, "m", 0, 0), Vector(g, "v", 1, 1)], ("epsilon", 0f)));
        Run(pass, plain);
        Assert.Equal([1f, 20f, 3f, 40f], Input(plain.Main, 1));
    }

    [Fact]
    public void Weights_of_another_convolution_are_left_alone()
    {
        var model = Build((g, x) => Normalize(g, Convolve(g, x)));
        var w = model.Main.Initializers.First(i => i.Name == "w");
        model.Main.AddOutput(model.Main.Op("Conv", "z", [model.Main.Inputs[0], w]));
        Run(pass, model);
        Assert.Equal([1f, 2f], w.Constant!.ToArray<float>());
        Assert.NotSame(w, model.Main.Nodes.First!.Input(1));
    }

    [Fact]
    public void Declines_with_a_reason()
    {
        Declines(pass, Build((g, x) => Normalize(g, Convolve(g, x), ("training_mode", 1))), "the normalization is in training mode");
        Declines(pass, Build((g, x) => Normalize(g, Convolve(g, x), ("spatial", 0)), 8), "the statistics are not for each channel");
        Declines(pass, Build((g, x) => Normalize(g, Convolve(g, x, weights: TensorData.Floats([1, 2, 3], 3, 1, 1, 1)))), "the number of channels differs");
        Declines(pass, Build((g, x) => Normalize(g, Convolve(g, x, weights: TensorData.Of<ushort>(ElementType.BFloat16, [2, 1, 1, 1], [1, 1])))),
            "the weights are neither float, float16 nor double");
    }

    [Fact]
    public void Half_weights_are_rounded_once_and_overflow_declines()
    {
        TensorData Halves(float v) => TensorData.Of<Half>(ElementType.Float16, [2, 1, 1, 1], [(Half)v, (Half)v]);
        var model = Build((g, x) => Normalize(g, Convolve(g, x, weights: Halves(0.1f))));
        Run(pass, model);
        Assert.Equal(Halves(0.1f).Bytes.ToArray(), model.Main.Nodes.Single().Input(1)!.Constant!.Bytes.ToArray());
        Declines(pass, Build((g, x) => g.Op("BatchNormalization", "y", [Convolve(g, x, weights: Halves(60000)), Vector(g, "s", 2, 2), Vector(g, "h", 0, 0),
            Vector(g, "m", 0, 0), Vector(g, "v", 1, 1)])), "a combined weight is not finite");
    }

    [Fact]
    public void A_public_convolution_stays()
    {
        var model = Build((g, x) => Normalize(g, Convolve(g, x)));
        model.Main.AddOutput(model.Main.Nodes.First!.Output);
        Assert.Equal(0, Run(pass, model).Changed);
    }

    [Fact]
    public void Works_in_bodies_and_functions()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x");
        model.Main.AddOutput(model.Main.If("z", b => Normalize(b, Convolve(b, x))));
        var function = model.Call(f => f.AddOutput(Normalize(f, Convolve(f, f.AddInput("x")))));
        Assert.Equal(2, Run(pass, model).Changed);
        Assert.Equal(["Conv"], model.Main.Body().Ops());
        Assert.DoesNotContain("BatchNormalization", function.Body.Ops());
    }

    [Fact]
    public void Training_is_told_by_outputs_before_version_14()
    {
        var model = NewModel(9);
        var g = model.Main;
        var conv = Convolve(g, g.AddInput("x"));
        Value[] inputs = [conv, Vector(g, "s", 1, 1), Vector(g, "h", 0, 0), Vector(g, "m", 0, 0), Vector(g, "v", 1, 1)];
        g.AddOutput(g.AddNode(new OpId("", "BatchNormalization"), inputs, ["y", "mean"]).Output);
        Declines(pass, model, "the normalization is in training mode");
    }

    [Fact]
    public void Fused_weights_give_the_normalized_value()
    {
        var value = Gen.Float[-4, 4];
        Gen.Select(value, value, value, value, value, Gen.Float[0.01f, 4]).Select(value, (p, x) => (p, x)).Sample(t =>
        {
            var ((w, b, scale, shift, mean, variance), x) = t;
            var model = Build((g, input) => g.Op("BatchNormalization", "y",
                [g.Op("Conv", "c", [input, g.AddInitializer("w", TensorData.Floats([w], 1, 1, 1, 1)), Vector(g, "b", b)]),
                    Vector(g, "s", scale), Vector(g, "h", shift), Vector(g, "m", mean), Vector(g, "v", variance)]));
            Run(pass, model);
            var expected = scale * ((double)w * x + b - mean) / Math.Sqrt((double)variance + 1e-5f) + shift;
            Assert.Equal(expected, (double)Input(model.Main, 1)[0] * x + Input(model.Main, 2)[0], 1e-3);
        }, iter: 200);
    }
}
