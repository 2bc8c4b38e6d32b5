using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Rewriting;
using Onnxc.Tests.Passes;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;
using static Onnxc.Tests.Rewriting.TestRule;

namespace Onnxc.Tests.Rewriting;

public sealed class RewriteRuleTests
{
    static readonly Var X = Any();
    static readonly OpPattern Inner = TestRule.Op("Neg", X);
    static readonly OpPattern Outer = TestRule.Op("Relu", Inner);

    /// <summary><c>Relu(Neg(x)) -> Abs(x)</c>: wrong, but short.</summary>
    static readonly TestRule Fuse = new(Outer, m => m.Replace(b => b.Op("Abs", [m[X]])));

    static Model ReluNeg(out Value y, long ir = 10, ValueType? type = null)
    {
        var model = NewModel(ir: ir);
        var x = model.Main.AddInput("x", Type(2));
        y = model.Main.Op("Relu", "y", [model.Main.Op("Neg", "t", [x])]);
        y.SetType(type ?? Type(2), inferred: true);
        model.Main.AddOutput(y);
        return model;
    }

    [Fact]
    public void Replaces_names_types_and_stamps()
    {
        var model = ReluNeg(out _);
        var cx = Run(Fuse, model);
        var node = Assert.Single(model.Main.Nodes);
        Assert.Equal(("Abs", "Relu_y", "y"), (node.Op.Name, node.Name!, node.Output.Name));
        Assert.Equal(Type(2), node.Output.Type);
        Assert.True(node.Output.TypeIsInferred);
        Assert.Equal("test-rule", Assert.Single(node.Metadata).Value);
        Assert.Equal(1, cx.Changed);
    }

    [Fact]
    public void Metadata_needs_ir_version_10()
    {
        var model = ReluNeg(out _, ir: 9);
        Run(Fuse, model);
        Assert.Empty(model.Main.Nodes.Single().Metadata);
    }

    [Fact]
    public void Several_replacing_nodes_have_names_of_their_own()
    {
        var model = ReluNeg(out _);
        Run(new TestRule(Outer, m => m.Replace(b => b.Op("Abs", [b.Op("Exp", [m[X]])]))), model);
        Assert.Equal(["Exp", "Abs"], model.Main.Ops());
        Assert.All(model.Main.Nodes, n => Assert.StartsWith("test-rule_", n.Name, StringComparison.Ordinal));
        Assert.Equal("y", model.Main.Outputs[0].Name);
    }

    [Fact]
    public void A_single_replacing_node_can_take_another_name()
    {
        var model = ReluNeg(out _);
        Run(new TestRule(Outer, m => m.Replace(b => b.Op("Abs", [m[X]]), namedAfter: Inner)), model);
        Assert.Equal("Neg_t", model.Main.Nodes.Single().Name);
    }

    [Fact]
    public void Declining_is_counted_once_for_each_root()
    {
        var model = ReluNeg(out _);
        var trace = new MatchTrace("test-rule");
        var cx = Run(new TestRule(Outer, m => m.Decline(Inner, "because")), model, trace: trace);
        Assert.Equal(1, cx.Skipped["because"]);
        var miss = Assert.Single(trace.Misses);
        Assert.Equal(("Relu_y", "Neg_t", "because", 3), (miss.Root.Name!, miss.At.Name!, miss.Reason, miss.Depth));
    }

    [Fact]
    public void Structural_misses_are_traced_for_the_explained_rule_only()
    {
        var model = ReluNeg(out var y);
        model.Main.AddOutput(y.Producer!.Input(0)!, "t");
        var (trace, other) = (new MatchTrace("test-rule"), new MatchTrace("other-rule"));
        var cx = Run(Fuse, model, trace: trace);
        Run(Fuse, model, trace: other);
        Assert.Equal("`t` is a graph output", Assert.Single(trace.Misses).Reason);
        Assert.Empty(other.Misses);
        Assert.Empty(cx.Skipped);
    }

    [Fact]
    public void Predicate_and_gate_are_asked_first()
    {
        var model = ReluNeg(out _);
        var revision = model.Revision;
        Assert.Equal(0, Run(Fuse, model, selects: _ => false).Changed);
        Assert.Equal(0, Run(Fuse, model, gate: new StepGate(0)).Changed);
        Assert.Equal(0, Run(Fuse, model, gate: new StepGate(denied: new HashSet<StepKey> { StepKey.Of("test", model.Main.Nodes.Last, "test-rule") })).Changed);
        Assert.Equal(revision, model.Revision);
    }

    [Fact]
    public void A_replacement_of_a_contradicting_type_is_refused_and_undone()
    {
        var model = ReluNeg(out var y, type: Type(3));
        var cx = Run(new TestRule(Outer, m => m.Replace(b =>
        {
            b.Op("Add", [m[X], b.Constant(TensorData.Floats([1]))]);
            return m[X];
        })), model);
        Assert.Equal(Descriptors.ReplacementTypeConflict, Assert.Single(cx.Diagnostics).Descriptor);
        Assert.Equal(["Neg", "Relu"], model.Main.Ops());
        Assert.Empty(model.Main.Initializers);
        Assert.Same(y, model.Main.Outputs[0]);
    }

    [Fact]
    public void An_endless_rule_is_stopped()
    {
        var model = ReluNeg(out _);
        var cx = Run(new TestRule(TestRule.Op("Relu", X), m => m.Replace(b => b.Op("Relu", [m[X]]))), model);
        Assert.Equal(Descriptors.RewritingDoesNotEnd, Assert.Single(cx.Diagnostics).Descriptor);
        Assert.Equal(["Neg", "Relu"], model.Main.Ops());
    }

    [Fact]
    public void An_output_slot_never_comes_to_hold_an_input()
    {
        var model = ReluNeg(out _);
        Run(new TestRule(Outer, m => m.Replace(_ => m[X])), model);
        Assert.Equal(["Identity"], model.Main.Ops());
        Assert.Equal(["y"], model.Main.OutputNames);
        Assert.Equal("Relu_y", model.Main.Nodes.Single().Name);
    }

    [Fact]
    public void Two_output_slots_keep_two_values()
    {
        var model = ReluNeg(out _);
        var abs = model.Main.Op("Abs", "z", [model.Main.Inputs[0]]);
        model.Main.AddOutput(abs);
        GraphOrder.Sort(model.Main);
        var (cx, rule) = (0, new TestRule(TestRule.Op("Abs", X), m => m.Replace(_ => m.Graph.Outputs[0])));
        cx = Run(rule, model).Changed;
        Assert.Equal((1, "Identity"), (cx, model.Main.Outputs[1].Producer!.Op.Name));
    }

    [Fact]
    public void Using_another_output_declines_a_single_replacement()
    {
        var model = NewModel();
        var node = model.Main.AddNode(new OpId("", "Split"), [model.Main.AddInput("x")], ["a", "b"]);
        foreach (var output in node.Outputs) model.Main.AddOutput(output);
        var root = TestRule.Op("Split", X);
        Declines(new TestRule(root, m => m.Replace(_ => m[X])), model, "an output other than the first is in use");
        Run(new TestRule(root, m => m.ReplaceAll(b => [b.Op("Neg", [m[X]]), b.Op("Abs", [m[X]])])), model);
        Assert.Equal(["Neg", "Abs"], model.Main.Outputs.Select(o => o.Producer!.Op.Name));
        Assert.Equal(["a", "b"], model.Main.Outputs.Select(o => o.Name));
    }

    [Fact]
    public void Opset_range_has_an_exclusive_end()
    {
        foreach (var (range, fires) in new (Range, bool)[] { (13.., true), (21..22, true), (22.., false), (..21, false), (..22, true) })
        {
            var model = ReluNeg(out _);
            Run(new TestRule(Outer, m => m.Replace(b => b.Op("Abs", [m[X]])), range), model);
            Assert.Equal(fires, model.Main.Nodes.Count == 1);
        }
    }

    [Fact]
    public void Functions_and_nested_bodies_are_rewritten()
    {
        var model = NewModel();
        var outer = model.Main.AddInput("x");
        model.Main.AddOutput(model.Main.If("z", b => b.Op("Relu", "y", [b.Op("Neg", "t", [outer])])));
        var function = model.Call(f => f.AddOutput(f.Op("Relu", "y", [f.Op("Neg", "t", [f.AddInput("x")])])));
        Assert.Equal(2, Run(Fuse, model).Changed);
        Assert.Equal(["Abs"], model.Main.Body().Ops());
        Assert.Equal(["Abs"], function.Body.Ops());
    }

    [Fact]
    public void Constants_in_a_function_become_nodes_and_do_not_count_as_replacements()
    {
        var model = NewModel();
        var function = model.Call(f => f.AddOutput(f.Op("Relu", "y", [f.Op("Neg", "t", [f.AddInput("x")])])));
        Run(new TestRule(Outer, m => m.Replace(b => b.Op("Add", [m[X], b.Constant(TensorData.Floats([1]))]))), model);
        Assert.Equal(["Constant", "Add"], function.Body.Ops());
        Assert.Equal("Relu_y", function.Body.Nodes.Last!.Name);
    }

    [Fact]
    public void A_match_that_becomes_possible_later_is_found()
    {
        // Relu(t) matches only once the second user of t is gone, and that one is rewritten after it was looked at.
        var model = NewModel();
        var x = model.Main.AddInput("x");
        var t = model.Main.Op("Neg", "t", [x]);
        var first = model.Main.Op("Relu", "y", [t]);
        var second = model.Main.Op("Relu", "z", [model.Main.Op("Neg", "u", [t])]);
        model.Main.AddOutput(first);
        model.Main.AddOutput(second);
        Run(new TestRule(Outer, m => m.Replace(b => m[Inner].Name == "Neg_u" ? b.Op("Sin", [x]) : b.Op("Abs", [m[X]]))), model);
        Assert.Equal(["Abs", "Sin"], model.Main.Outputs.Select(o => o.Producer!.Op.Name));
    }

    [Fact]
    public void Sixty_thousand_nodes_and_one_popular_value_take_linear_time()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x");
        var shared = model.Main.Op("Exp", "e", [x]);
        var sum = shared;
        for (var i = 0; i < 20_000; i++) sum = model.Main.Op("Add", $"s{i}", [sum, model.Main.Op("Relu", $"r{i}", [model.Main.Op("Neg", $"n{i}", [shared])])]);
        model.Main.AddOutput(sum);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(20_000, Run(Fuse, model).Changed);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
    }

    [Fact]
    public void Every_descriptor_of_this_area_is_known() =>
        Assert.All(["ONNXC0401", "ONNXC0402", "ONNXC0403", "ONNXC0404"], id => Assert.NotNull(Descriptors.Find(id)));
}
