using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class OrtEvaluatorTests
{
    readonly Model model = Samples.NewModel();

    Value Floats(string name, params float[] values) => model.Main.AddInitializer(name, TensorData.Floats(values));

    static IReadOnlyList<Evaluation> Evaluate(long maxElements, params Value[] values) => new OrtEvaluator().Evaluate(values, maxElements);

    [Fact]
    public void Evaluates_cones_of_constants_in_one_go()
    {
        var sum = Samples.Add(model.Main, "Add", [Floats("a", 1, 2), Floats("b", 3, 4)], "sum");
        var square = Samples.Add(model.Main, "Mul", [sum, sum], "square");
        var results = Evaluate(100, sum, square);
        Assert.Equal([4f, 6f], results[0].Data!.ToArray<float>());
        Assert.Equal([16f, 36f], results[1].Data!.ToArray<float>());
    }

    [Fact]
    public void One_failure_does_not_cost_the_rest()
    {
        var good = Samples.Add(model.Main, "Neg", [Floats("a", 1)], "good");
        // An index beyond the end: known only when it runs.
        var index = model.Main.AddInitializer("i", TensorData.Int64s([9]));
        var bad = Samples.Add(model.Main, "Gather", [Floats("b", 1, 2), index], "bad");
        var fine = Samples.Add(model.Main, "Abs", [Floats("c", -3)], "fine");
        var results = Evaluate(100, good, bad, fine);
        Assert.Equal([-1f], results[0].Data!.ToArray<float>());
        Assert.Null(results[1].Data);
        Assert.Contains("the run failed", results[1].Failure, StringComparison.Ordinal);
        Assert.Equal([3f], results[2].Data!.ToArray<float>());
    }

    [Fact]
    public void Large_results_are_never_computed()
    {
        var shape = model.Main.AddInitializer("shape", TensorData.Int64s([1L << 20, 1L << 20]));
        var huge = Samples.Add(model.Main, "ConstantOfShape", [shape], "huge");
        var small = Samples.Add(model.Main, "ReduceSum", [huge], "small");
        foreach (var result in Evaluate(1000, huge, small)) Assert.Contains("elements, more than", result.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_of_unknown_size_need_a_bound()
    {
        var nonZero = Samples.Add(model.Main, "NonZero", [Floats("a", 0, 1, 2)], "nz");
        Assert.Equal([1L, 2L], Evaluate(100, nonZero)[0].Data!.ToArray<long>());
        var flat = Samples.Add(model.Main, "Squeeze", [nonZero], "flat");
        var expanded = Samples.Add(model.Main, "ConstantOfShape", [flat], "expanded");
        Assert.Contains("not known", Evaluate(100, expanded)[0].Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_constant_is_refused_with_the_reason()
    {
        var x = model.Main.AddInput("x", Samples.Floats(2));
        var moving = Samples.Add(model.Main, "Neg", [x], "moving");
        var random = Samples.Add(model.Main, "RandomNormal", [], "random", ("shape", new long[] { 2 }));
        var results = Evaluate(100, moving, random);
        Assert.Contains("input `x`", results[0].Failure, StringComparison.Ordinal);
        Assert.Contains("random", results[1].Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Large_constants_are_fed_and_reduced()
    {
        var weights = model.Main.AddInitializer("w", TensorData.Floats([.. Enumerable.Repeat(1f, 100_000)]));
        var sum = Samples.Add(model.Main, "ReduceSum", [weights], "sum", ("keepdims", 0L));
        Assert.Equal([100_000f], Evaluate(10, sum)[0].Data!.ToArray<float>());
    }

    [Fact]
    public void Long_chains_are_computed_once()
    {
        var values = new List<Value> { Floats("a", 1, 2) };
        for (var i = 0; i < 6000; i++) values.Add(Samples.Add(model.Main, "Neg", [values[^1]], $"n{i}"));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var results = Evaluate(100, [.. values]);
        Assert.All(results, (r, i) => Assert.Equal(i % 2 == 0 ? 1f : -1f, r.Data!.ToArray<float>()[0]));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), clock.Elapsed.ToString());
    }

    [Fact]
    public void Local_functions_are_called()
    {
        model.Opsets = model.Opsets.With("f", 1);
        var function = model.AddFunction(new OpId("f", "Twice"), model.Opsets);
        var a = function.Body.AddInput("a");
        function.Body.AddOutput(Samples.Add(function.Body, "Add", [a, a], "b"));
        var y = model.Main.AddNode(new OpId("f", "Twice"), [Floats("c", 5)], ["y"]).Output;
        Assert.Equal([10f], Evaluate(10, y)[0].Data!.ToArray<float>());
    }

    [Fact]
    public void Bodies_of_functions_are_evaluated_with_their_own_opsets()
    {
        // Squeeze had its axes in an attribute before opset 13.
        var function = model.AddFunction(new OpId("f", "Old"), OpsetImports.Empty.With("", 11));
        var c = function.Body.AddInitializer("c", TensorData.Floats([1, 2], 1, 2));
        var y = Samples.Add(function.Body, "Squeeze", [c], "y", ("axes", new long[] { 0 }));
        function.Body.AddOutput(y);
        Assert.Equal([2L], Evaluate(10, y)[0].Data!.Dims);
    }

    [Fact]
    public void Subgraphs_and_their_captures_are_evaluated()
    {
        var captured = Floats("a", 4);
        var condition = model.Main.AddInitializer("c", TensorData.Of<byte>(ElementType.Bool, [], [1]));
        Graph Branch(string op)
        {
            var body = Graph.NewBody(model.Main);
            body.AddOutput(Samples.Add(body, op, [captured], op.ToLowerInvariant()));
            return body;
        }
        var y = Samples.Add(model.Main, "If", [condition], "y", ("then_branch", new GraphAttribute(Branch("Sqrt"))), ("else_branch", new GraphAttribute(Branch("Neg"))));
        Assert.Equal([2f], Evaluate(10, y)[0].Data!.ToArray<float>());
    }
}
