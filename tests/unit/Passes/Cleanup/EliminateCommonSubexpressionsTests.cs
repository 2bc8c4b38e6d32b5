using Onnxc.IR;
using Onnxc.Passes.Cleanup;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Cleanup;

public sealed class EliminateCommonSubexpressionsTests
{
    readonly EliminateCommonSubexpressions pass = new();
    readonly Model model = NewModel();

    Graph Main => model.Main;

    Value Twice(Func<string, Value> make) => Main.Op("Add", "sum", [make("a"), make("b")]);

    [Fact]
    public void Merges_equal_chains()
    {
        var x = Main.AddInput("x");
        Main.AddOutput(Twice(n => Main.Op("Relu", n, [Main.Op("Softmax", $"{n}s", [x], ("axis", 1))])));
        Assert.Equal(2, Run(pass, model).Changed);
        Assert.Equal(["Softmax", "Relu", "Add"], Main.Ops());
    }

    [Fact]
    public void Attributes_inputs_and_outputs_matter_but_not_the_order_of_attributes()
    {
        var x = Main.AddInput("x");
        Main.AddOutput(Main.Op("Softmax", "a", [x], ("axis", 1)));
        Main.AddOutput(Main.Op("Softmax", "b", [x], ("axis", 2)));
        Main.AddOutput(Main.Op("Clip", "c", [x, x]));
        Main.AddOutput(Main.Op("Clip", "d", [x, null, x]));
        Main.AddOutput(Main.AddNode(new OpId("", "Dropout"), [x], ["e", "f"]).Output);
        Main.AddOutput(Main.AddNode(new OpId("", "Dropout"), [x], ["g", ""]).Output);
        Assert.Equal(0, Run(pass, model).Changed);
        Main.AddOutput(Twice(n => n == "a" ? Main.Op("LRN", n, [x], ("size", 3), ("bias", 2f)) : Main.Op("LRN", n, [x], ("bias", 2f), ("size", 3))));
        Assert.Equal(1, Run(pass, model).Changed);
    }

    [Theory]
    [InlineData("", "RandomNormalLike", "the operator is random or stateful")]
    [InlineData("", "Bernoulli", "the operator is random or stateful")]
    [InlineData("com.acme", "Anything", "the operator's domain is not known")]
    [InlineData("com.microsoft", "Sampling", "the operator is random or stateful")]
    public void Declines_impure_nodes(string domain, string op, string reason)
    {
        var x = Main.AddInput("x");
        Main.AddOutput(Twice(n => Main.AddNode(new OpId(domain, op), [x], [n]).Output));
        Declines(pass, model, reason);
    }

    [Fact]
    public void Dropout_is_pure_unless_it_trains()
    {
        var x = Main.AddInput("x");
        var training = Main.AddInitializer("t", TensorData.Of<byte>(ElementType.Bool, [], [1]));
        Main.AddOutput(Twice(n => Main.Op("Dropout", n, [x, null, training])));
        Declines(pass, model, "the operator is random or stateful");
        Main.AddOutput(Main.Op("Neg", "y", [Twice(n => Main.Op("Dropout", $"i{n}", [x]))]));
        Assert.Equal(1, Run(pass, model).Changed);
    }

    [Fact]
    public void Functions_are_as_pure_as_their_bodies()
    {
        var function = model.Call(f => f.AddOutput(f.Op("Relu", "y", [f.AddInput("x")])));
        var x = Main.AddInput("x");
        Main.AddOutput(Twice(n => Main.AddNode(function.Id, [x], [n]).Output));
        Assert.Equal(1, Run(pass, model).Changed);
        function.Body.AddOutput(function.Body.Op("RandomNormal", "r", []));
        Main.AddOutput(Main.Op("Neg", "y", [Twice(n => Main.AddNode(function.Id, [Main.Outputs[1]], [$"r{n}"]).Output)]));
        Assert.Equal(1, Run(pass, model).Skipped["the function is random or stateful"]);
    }

    [Fact]
    public void A_public_duplicate_hands_its_slot_over_and_two_public_ones_stay()
    {
        var x = Main.AddInput("x");
        var (a, b) = (Main.Op("Relu", "a", [x]), Main.Op("Relu", "b", [x]));
        Main.Op("Neg", "n", [a]);
        Main.AddOutput(b);
        Run(pass, model);
        Assert.Same(a, Main.Outputs[0]);
        Assert.Equal(["b"], Main.OutputNames);
        Main.AddOutput(Main.Op("Relu", "c", [x]));
        Declines(pass, model, "both values are outputs");
    }

    [Fact]
    public void Works_in_bodies_and_functions_and_keeps_nodes_with_bodies()
    {
        var x = Main.AddInput("x");
        Main.AddOutput(Main.If("z", b => b.Op("Add", "y", [b.Op("Relu", "p", [x]), b.Op("Relu", "q", [x])])));
        var function = model.Call(f =>
        {
            var c = f.Op("Constant", "c", [], ("value", TensorData.Floats([1, 2])));
            f.AddOutput(f.Op("Sum", "y", [f.AddInput("x"), c, f.Op("Constant", "d", [], ("value", TensorData.Floats([1, 2])))]));
        });
        Run(pass, model);
        Assert.Equal(["Relu", "Add"], Main.Body().Ops());
        Assert.Equal(["Constant", "Sum"], function.Body.Ops());
    }

    [Fact]
    public void Merges_equal_initializers_but_not_overridable_ones()
    {
        TensorData Data() => TensorData.Floats([1, 2, 3]);
        Value[] values = [Main.AddInitializer("a", Data()), Main.AddInitializer("b", Data()), Main.AddInput("c"),
            Main.AddInitializer("d", TensorData.Floats([1, 2, 4])), Main.AddInitializer("e", TensorData.Floats([1, 2, 3], 1, 3)),
            Main.AddInitializer("s", new StringTensor([1], ["x"u8.ToArray()])), Main.AddInitializer("t", new StringTensor([1], ["y"u8.ToArray()]))];
        Main.SetInitializer(values[2], Data());
        Main.AddOutput(Main.Op("Sum", "y", values));
        Assert.Equal(1, Run(pass, model).Changed);
        Assert.Same(values[0], Main.Nodes.Single().Input(1));
        Assert.Equal(["a", "d", "e", "s", "t", "c"], Main.Initializers.Select(i => i.Name));
    }

    [Fact]
    public void Thirty_thousand_equal_nodes_take_linear_time()
    {
        var x = Main.AddInput("x");
        var sum = x;
        for (var i = 0; i < 30_000; i++) sum = Main.Op("Add", $"s{i}", [sum, Main.Op("Relu", $"r{i}", [x])]);
        Main.AddOutput(sum);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Run(pass, model);
        Assert.True(Main.Nodes.Count == 30_001 && watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
    }
}
