using CsCheck;
using Onnxc.IR;
using Onnxc.Passes.Simplify;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Simplify;

public sealed class MergeTransposesTests
{
    readonly MergeTransposes pass = new();

    static Model Chain(params long[][] perms)
    {
        var model = NewModel();
        var value = model.Main.AddInput("x");
        foreach (var (i, perm) in perms.Index()) value = model.Main.Transpose($"t{i}", value, perm);
        model.Main.AddOutput(value, "y");
        return model;
    }

    [Fact]
    public void Composes()
    {
        var model = Chain([1, 2, 0], [0, 2, 1]);
        Run(pass, model);
        var node = Assert.Single(model.Main.Nodes);
        Assert.Equal([1, 0, 2], node.Attributes.Ints("perm")!.Value);
    }

    [Fact]
    public void Vanishes_when_the_composition_is_the_identity()
    {
        var model = NewModel();
        var t = model.Main.Transpose("u", model.Main.Transpose("t", model.Main.Op("Neg", "n", [model.Main.AddInput("x")]), 1, 2, 0), 2, 0, 1);
        model.Main.AddOutput(model.Main.Op("Relu", "y", [t]));
        Run(pass, model);
        Assert.Equal(["Neg", "Relu"], model.Main.Ops());
    }

    [Fact]
    public void Implicit_permutations_reverse()
    {
        var both = Chain([], []);
        Run(pass, both);
        Assert.Equal(["Identity"], both.Main.Ops());
        var one = Chain([], [1, 0, 2]);
        Run(pass, one);
        Assert.Equal([1, 2, 0], one.Main.Nodes.Single().Attributes.Ints("perm")!.Value);
    }

    [Fact]
    public void Declines_parameters_of_functions()
    {
        var model = NewModel();
        model.Call(f => f.AddOutput(f.Op("Transpose", "y", [f.Transpose("t", f.AddInput("x"), 1, 0)], ("perm", new ReferenceAttribute("p", AttributeKind.Ints)))));
        Declines(pass, model, "`perm` is a parameter of the function");
    }

    [Fact]
    public void Declines_what_is_no_permutation()
    {
        Declines(pass, Chain([0, 0], [1, 0]), "`perm` is not a permutation");
        Declines(pass, Chain([1, 0], [1, 0, 2]), "`perm` is not a permutation");
    }

    [Fact]
    public void A_public_interior_value_stays()
    {
        var model = Chain([1, 0], [1, 0]);
        model.Main.AddOutput(model.Main.Nodes.First!.Output, "t");
        Assert.Equal(0, Run(pass, model).Changed);
    }

    [Fact]
    public void Works_in_bodies_on_captured_values_and_in_functions()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x");
        model.Main.AddOutput(model.Main.If("z", b => b.Transpose("y", b.Transpose("t", x, 1, 2, 0), 1, 2, 0)));
        var function = model.Call(f => f.AddOutput(f.Transpose("y", f.Transpose("t", f.AddInput("x")))));
        Run(pass, model);
        Assert.Equal(["Transpose"], model.Main.Body().Ops());
        Assert.Equal(["Identity"], function.Body.Ops());
    }

    [Fact]
    public void A_body_that_would_return_a_captured_value_keeps_a_node()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x");
        model.Main.AddOutput(model.Main.If("z", b => b.Transpose("y", b.Transpose("t", x, 1, 0), 1, 0)));
        Run(pass, model);
        Assert.Equal(["Identity"], model.Main.Body().Ops());
    }

    [Fact]
    public void Random_chains_compose_to_the_reference()
    {
        var perm = Gen.Shuffle(new long[] { 0, 1, 2, 3 });
        perm.Array[1, 12].Sample(perms =>
        {
            var model = Chain(perms);
            Run(pass, model);
            var expected = new long[] { 0, 1, 2, 3 };
            foreach (var p in perms) expected = [.. p.Select(axis => expected[axis])];
            // A chain that cancels out leaves the Identity that the output needs; a chain of one is left alone.
            var node = Assert.Single(model.Main.Nodes);
            Assert.Equal(expected, node.Op.Is("Identity") ? [0, 1, 2, 3] : node.Attributes.Ints("perm")!.Value.ToArray());
        }, iter: 200);
    }

    [Fact]
    public void A_chain_of_sixty_thousand_takes_linear_time()
    {
        var model = Chain([.. Enumerable.Repeat<long[]>([1, 2, 0], 60_001)]);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Run(pass, model);
        Assert.True(model.Main.Nodes.Count == 1 && watch.Elapsed < TimeSpan.FromSeconds(10), $"{model.Main.Nodes.Count} nodes, took {watch.Elapsed}");
    }
}
