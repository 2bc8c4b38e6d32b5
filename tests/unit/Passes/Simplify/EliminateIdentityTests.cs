using Onnxc.IR;
using Onnxc.Passes.Simplify;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Simplify;

public sealed class EliminateIdentityTests
{
    readonly EliminateIdentity pass = new();
    readonly Model model = NewModel();

    Graph Main => model.Main;

    [Fact]
    public void Removes_chains_between_nodes()
    {
        var x = Main.AddInput("x");
        Main.AddOutput(Main.Op("Relu", "y", [Main.Op("Identity", "b", [Main.Op("Identity", "a", [x])])]));
        Assert.Equal(2, Run(pass, model).Changed);
        Assert.Equal(["Relu"], Main.Ops());
        Assert.Same(x, Main.Nodes.Single().Input(0));
    }

    [Fact]
    public void An_output_slot_takes_over_a_value_and_the_declared_type()
    {
        var relu = Main.Op("Relu", "t", [Main.AddInput("x")]);
        relu.SetType(new TensorType(ElementType.Float, new Shape([Dim.Unknown, 3])), inferred: true);
        var y = Main.Op("Identity", "y", [relu]);
        y.SetType(new TensorType(ElementType.Float, new Shape([Dim.Named("batch"), Dim.Unknown])));
        Main.AddOutput(y);
        Run(pass, model);
        Assert.Same(relu, Main.Outputs[0]);
        Assert.Equal(["y"], Main.OutputNames);
        Assert.Equal(new TensorType(ElementType.Float, new Shape([Dim.Named("batch"), 3])), relu.Type);
        Assert.False(relu.TypeIsInferred);
    }

    [Fact]
    public void Declines_outputs_that_would_be_inputs()
    {
        Main.AddOutput(Main.Op("Identity", "y", [Main.AddInput("x")]));
        Declines(pass, model, "the output would be an input");
    }

    [Fact]
    public void Declines_outputs_that_would_be_initializers()
    {
        Main.AddOutput(Main.Op("Identity", "y", [Main.AddInitializer("c", TensorData.Floats([1]))]));
        Declines(pass, model, "the output would be an initializer");
    }

    [Fact]
    public void Declines_a_second_output_of_the_same_value()
    {
        var relu = Main.Op("Relu", "t", [Main.AddInput("x")]);
        Main.AddOutput(relu);
        Main.AddOutput(Main.Op("Identity", "y", [relu]));
        Declines(pass, model, "two outputs would be the same value");
    }

    [Fact]
    public void Declines_a_body_that_would_return_a_captured_value()
    {
        var outer = Main.Op("Relu", "t", [Main.AddInput("x")]);
        Main.AddOutput(Main.If("z", b => b.Op("Identity", "y", [outer])));
        Declines(pass, model, "the output would be a value of the enclosing graph");
    }

    [Fact]
    public void A_captured_value_is_used_directly_inside_a_body()
    {
        var x = Main.AddInput("x");
        Main.AddOutput(Main.If("z", b => b.Op("Relu", "y", [b.Op("Identity", "i", [x])])));
        Run(pass, model);
        Assert.Equal(["Relu"], Main.Body().Ops());
    }

    [Fact]
    public void A_use_in_a_nested_body_moves_along()
    {
        var x = Main.AddInput("x");
        var i = Main.Op("Identity", "i", [x]);
        Main.AddOutput(Main.If("z", b => b.Op("Relu", "y", [i])));
        Run(pass, model);
        Assert.Same(x, Main.Body().Nodes.Single().Input(0));
    }

    [Fact]
    public void Sequences_and_functions()
    {
        var function = model.Call(f =>
        {
            var sequence = f.Op("SequenceConstruct", "s", [f.AddInput("x")]);
            sequence.SetType(new SequenceType(Type(2)));
            f.AddOutput(f.Op("SequenceLength", "y", [f.Op("Identity", "i", [sequence])]));
        });
        Run(pass, model);
        Assert.Equal(["SequenceConstruct", "SequenceLength"], function.Body.Ops());
    }

    [Fact]
    public void A_popular_input_takes_linear_time()
    {
        var x = Main.AddInput("x");
        var sum = Main.Op("Neg", "n", [x]);
        for (var i = 0; i < 30_000; i++) sum = Main.Op("Add", $"s{i}", [sum, Main.Op("Identity", $"i{i}", [x])]);
        Main.AddOutput(sum);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(30_000, Run(pass, model).Changed);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
    }
}
