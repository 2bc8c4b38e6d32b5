using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Fold;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Fold;

public sealed class FoldConstantsTests
{
    readonly FakeEvaluator evaluator = new();
    readonly FoldConstants pass = new(new());
    readonly Model model = NewModel();

    Graph Main => model.Main;

    Value Floats(string name, params float[] values) => Main.AddInitializer(name, TensorData.Floats(values));

    [Fact]
    public void Folds_whole_cones_in_one_evaluation()
    {
        var sum = Main.Op("Neg", "n", [Main.Op("Add", "s", [Floats("a", 1, 2), Floats("b", 3)])]);
        var other = Main.Op("Neg", "m", [Main.Nodes.First!.Output]);
        Main.AddOutput(Main.Op("Sum", "y", [Main.AddInput("x"), sum, other]));
        var cx = Run(pass, model, evaluator);
        Assert.Equal((1, 2), (evaluator.Calls, cx.Changed));
        Assert.Equal(["Sum"], Main.Ops());
        Assert.Equal("n", Main.Nodes.Single().Input(1)!.Name);
        Assert.Equal([-4f, -5f], Main.Nodes.Single().Input(1)!.Constant!.ToArray<float>());
    }

    [Fact]
    public void A_public_result_stays_behind_a_node_and_is_not_folded_again()
    {
        Main.AddOutput(Main.Op("Neg", "y", [Floats("a", 1)]));
        Run(pass, model, evaluator);
        Assert.Equal(["Identity"], Main.Ops());
        Assert.Equal(("y", "Neg_y"), (Main.Outputs[0].Name, Main.Nodes.Single().Name!));
        Assert.Equal(0, Run(pass, model, evaluator).Changed);
    }

    [Fact]
    public void Constant_nodes_become_initializers_outside_functions()
    {
        Main.AddOutput(Main.Op("Add", "y", [Main.AddInput("x"), Main.Op("Constant", "c", [], ("value_float", 2f))]));
        var function = model.Call(f => f.AddOutput(f.Op("Add", "y", [f.AddInput("x"), f.Op("Constant", "c", [], ("value_float", 2f))])));
        Assert.Equal(1, Run(pass, model).Changed);
        Assert.Equal(["Add", "F"], Main.Ops());
        Assert.Equal("c", Assert.Single(Main.Initializers).Name);
        Assert.Equal(["Constant", "Add"], function.Body.Ops());
    }

    [Fact]
    public void A_public_constant_stays_a_node()
    {
        Main.AddOutput(Main.Op("Constant", "y", [], ("value_float", 2f)));
        Declines(pass, model, "a graph output has to be made by a node");
    }

    [Fact]
    public void Works_in_bodies_on_captured_constants_and_in_functions()
    {
        var c = Main.Op("Neg", "n", [Floats("a", 1)]);
        var x = Main.AddInput("x");
        Main.AddOutput(Main.If("z", b => b.Op("Add", "y", [x, b.Op("Neg", "m", [c])])));
        var function = model.Call(f => f.AddOutput(f.Op("Add", "y", [f.AddInput("x"), f.Op("Neg", "n", [f.Op("Constant", "c", [], ("value_float", 2f))])])));
        Run(pass, model, evaluator);
        Assert.Equal(["Add"], Main.Body().Ops());
        Assert.Equal([1f], Main.Body().Initializers.Single().Constant!.ToArray<float>());
        Assert.Equal(["If", "F"], Main.Ops());
        Assert.Equal("Add", function.Body.Nodes.Last!.Op.Name);
        Assert.Equal([-2f], function.Body.Nodes.Last!.Input(1)!.Constant!.ToArray<float>());
    }

    [Fact]
    public void Declines_with_a_reason()
    {
        var c = Floats("c", 1);
        var overridable = Main.AddInput("o");
        Main.SetInitializer(overridable, TensorData.Floats([1]));
        var function = model.AddFunction(new OpId("test", "G"), OpsetImports.Empty);
        Main.AddOutput(Main.Op("Add", "a", [c, overridable]));
        Main.AddOutput(Main.Op("RandomNormal", "r", []));
        Main.AddOutput(Main.Op("DequantizeLinear", "d", [c, c]));
        Main.AddOutput(Main.AddNode(function.Id, [c], ["g"]).Output);
        Main.AddOutput(Main.AddNode(new OpId("com.acme", "X"), [c], ["u"]).Output);
        var sequence = Main.Op("SequenceConstruct", "s", [c]);
        sequence.SetType(new SequenceType(Type(1)));
        Main.AddOutput(sequence);
        Main.AddOutput(Main.Op("Sin", "k", [c]));
        var cx = Run(pass, model, evaluator);
        Assert.Equal(0, cx.Changed);
        Assert.Equal(
            ["an input can be overridden by the caller", "no kernel", "the node calls a function", "the node quantizes or dequantizes a constant",
                "the operator is random or stateful", "the operator's domain is not known", "the result is not a tensor", "types could not be inferred"],
            cx.Skipped.Keys);
    }

    [Fact]
    public void A_large_weight_is_transposed_when_it_dies_and_not_when_it_is_shared()
    {
        var w = Main.AddInitializer("w", TensorData.Floats(new float[512 * 256], 512, 256));
        var t = Main.Transpose("t", w, 1, 0);
        t.SetType(Type(256, 512), inferred: true);
        Main.AddOutput(Main.Op("MatMul", "y", [Main.AddInput("x"), t]));
        var user = Main.Op("MatMul", "z", [Main.AddInput("v"), w]);
        Main.AddOutput(user);
        Declines(pass, model, "the result is too large", evaluator);
        Main.RemoveOutput(1);
        Main.RemoveNode(user.Producer!);
        Assert.Equal(1, Run(pass, model, evaluator).Changed);
        Assert.Equal(["MatMul"], Main.Ops());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_makes_much_from_little_stays_but_its_inputs_fold(bool typed)
    {
        var shape = Main.AddInitializer("s", TensorData.Int64s([200, 200]));
        var zeros = Main.Op("ConstantOfShape", "z", [shape]);
        if (typed) zeros.SetType(Type(200, 200), inferred: true);
        Main.AddOutput(Main.Op("Add", "y", [Main.AddInput("x"), zeros]));
        Declines(pass, model, "the result is too large", evaluator);
    }

    [Fact]
    public void A_cone_ends_before_a_result_that_is_too_large()
    {
        var sum = Main.Op("Neg", "n", [Floats("a", 1)]);
        var large = Main.Op("Expand", "e", [sum, Main.AddInitializer("s", TensorData.Int64s([1000, 1000]))]);
        large.SetType(Type(1000, 1000), inferred: true);
        Main.AddOutput(Main.Op("Add", "y", [Main.AddInput("x"), large]));
        Assert.Equal(1, Run(pass, model, evaluator).Changed);
        Assert.Equal(["Expand", "Add"], Main.Ops());
    }

    [Fact]
    public void Static_shapes_fold_without_a_runtime()
    {
        var x = Main.AddInput("x", new TensorType(F, new Shape([Dim.Named("n"), 3, 4])));
        Main.AddOutput(Main.Op("Reshape", "y", [x, Main.Op("Shape", "s", [x], ("start", 1))]));
        Main.AddOutput(Main.Op("Reshape", "z", [x, Main.Op("Shape", "t", [x])]));
        Main.AddOutput(Main.Op("Reshape", "v", [x, Main.Op("Shape", "u", [x], ("start", -2), ("end", -1))]));
        var cx = Run(pass, model);
        Assert.Equal((2, 1), (cx.Changed, cx.Skipped["the shape is not static"]));
        Assert.Equal([3L, 4L], Main.Outputs[0].Producer!.Input(1)!.Constant!.ToArray<long>());
        Assert.Equal([3L], Main.Outputs[2].Producer!.Input(1)!.Constant!.ToArray<long>());
    }

    [Fact]
    public void Sizes_of_static_shapes_fold()
    {
        Main.AddOutput(Main.Op("Neg", "y", [Main.Op("Size", "s", [Main.AddInput("x", Type(3, 4))])]));
        Run(pass, model);
        Assert.Equal([12L], Main.Nodes.Single().Input(0)!.Constant!.ToArray<long>());
    }

    [Fact]
    public void The_gate_and_the_predicate_are_honoured()
    {
        Main.AddOutput(Main.Op("Sum", "y", [Main.AddInput("x"), Main.Op("Neg", "n", [Floats("a", 1)]), Main.Op("Neg", "m", [Floats("b", 2)])]));
        Assert.Equal(0, Run(pass, model, evaluator, selects: _ => false).Changed);
        Run(pass, model, evaluator, gate: new StepGate(1));
        Assert.Equal(["Neg", "Sum"], Main.Ops());
    }

    [Fact]
    public void Dead_nodes_are_left_to_dead_code_elimination()
    {
        Main.Op("Neg", "dead", [Main.Op("Neg", "n", [Floats("a", 1)])]);
        var revision = model.Revision;
        Run(pass, model, evaluator);
        Assert.Equal((0, revision), (evaluator.Calls, model.Revision));
    }

    [Fact]
    public void A_chain_of_sixty_thousand_takes_linear_time()
    {
        var value = Floats("a", 1);
        for (var i = 0; i < 60_000; i++) value = Main.Op("Neg", $"n{i}", [value]);
        Main.AddOutput(Main.Op("Add", "y", [Main.AddInput("x"), value]));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Run(pass, model, evaluator);
        Assert.True(Main.Nodes.Count == 1 && watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
    }
}
