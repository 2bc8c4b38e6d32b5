using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Cleanup;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Cleanup;

public sealed class EliminateDeadCodeTests
{
    readonly EliminateDeadCode pass = new();
    readonly Model model = NewModel();

    Graph Main => model.Main;

    [Fact]
    public void Removes_dead_chains_and_initializers()
    {
        var x = Main.AddInput("x");
        var c = Main.AddInitializer("c", TensorData.Floats([1]));
        Main.Op("Relu", "d", [Main.Op("Add", "e", [x, c])]);
        Main.AddOutput(Main.Op("Neg", "y", [x]));
        Assert.Equal(3, Run(pass, model).Changed);
        Assert.Equal(["Neg"], Main.Ops());
        Assert.Empty(Main.Initializers);
    }

    [Fact]
    public void A_public_value_and_a_captured_value_are_used()
    {
        var x = Main.AddInput("x");
        var t = Main.Op("Relu", "t", [x]);
        var c = Main.AddInitializer("c", TensorData.Floats([1]));
        Main.AddOutput(Main.Op("Neg", "p", [x]));
        Main.AddOutput(Main.If("z", b => b.Op("Add", "y", [t, c])));
        Assert.Equal(0, Run(pass, model).Changed);
    }

    [Fact]
    public void Works_in_bodies_and_frees_what_they_captured()
    {
        var t = Main.Op("Relu", "t", [Main.AddInput("x")]);
        Main.AddOutput(Main.If("z", b =>
        {
            b.AddInitializer("unused", TensorData.Floats([1]));
            b.Op("Neg", "dead", [t]);
            return b.Op("Constant", "y", [], ("value_float", 1f));
        }));
        Assert.Equal(3, Run(pass, model).Changed);
        Assert.Equal(["If"], Main.Ops());
        Assert.Empty(Main.Body().Initializers);
    }

    [Fact]
    public void A_dead_node_goes_with_its_bodies()
    {
        var t = Main.Op("Relu", "t", [Main.AddInput("x")]);
        Main.If("z", b => b.Op("Neg", "y", [t]));
        Run(pass, model);
        Assert.Empty(Main.Nodes);
        Assert.Equal(["x", "z_condition"], Main.Inputs.Select(i => i.Name));
    }

    [Fact]
    public void Overridable_initializers_are_interface()
    {
        Main.SetInitializer(Main.AddInput("c"), TensorData.Floats([1]));
        Declines(pass, model, "an unused initializer is an input as well");
        var old = NewModel(ir: 3);
        old.Main.SetInitializer(old.Main.AddInput("c"), TensorData.Floats([1]));
        Run(pass, old);
        Assert.Empty(old.Main.Inputs);
    }

    [Fact]
    public void Functions_lose_dead_nodes()
    {
        var function = model.Call(f =>
        {
            var x = f.AddInput("x");
            f.Op("Neg", "dead", [x]);
            f.AddOutput(f.Op("Relu", "y", [x]));
        });
        Run(pass, model);
        Assert.Equal(["Relu"], function.Body.Ops());
    }

    [Fact]
    public void The_gate_limits_removal()
    {
        Main.Op("Relu", "d", [Main.Op("Neg", "e", [Main.AddInput("x")])]);
        Run(pass, model, gate: new StepGate(1));
        Assert.Equal(["Neg"], Main.Ops());
    }

    [Fact]
    public void Unused_functions_are_pruned_transitively()
    {
        var leaf = model.AddFunction(new OpId("test", "Leaf"), OpsetImports.Empty);
        model.Call(f => f.AddOutput(f.If("y", b => b.AddNode(leaf.Id, [], ["l"]).Output)));
        var unused = model.AddFunction(new OpId("test", "Unused"), OpsetImports.Empty);
        model.AddFunction(new OpId("test", "Chained"), OpsetImports.Empty).Body.AddNode(unused.Id, [], ["u"]);
        Assert.Equal(2, Run(new PruneFunctions(), model).Changed);
        Assert.Equal(["Leaf", "F"], model.Functions.Select(f => f.Id.Name));
    }
}
