using Onnxc.IR;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Text;

/// <summary>Names in the text mean what uses mean in the model.</summary>
public sealed class NameTextTests
{
    static readonly OpId Op = new("", "Op");
    static readonly OpId If = new("", "If");

    static Model NewModel() => new(10, OpsetImports.Empty.With("", 21));

    [Fact]
    public void Nodes_may_stand_in_any_order_and_keep_it()
    {
        var model = Texts.Parse($"{Texts.Header}g (x) => (z) {{ z = If(y) <b = h () => (o) {{ o = Op(late, inner) inner = Op(x) }}> late = Op(y) y = Op(x) }}");
        var nodes = model.Main.Nodes.ToList();
        Assert.Same(nodes[2], nodes[0].Input(0)!.Producer);
        var body = nodes[0].Subgraphs.Single().Nodes.First!;
        Assert.Same(nodes[1].Output, body.Input(0));
        Assert.Same(body.Graph, body.Input(1)!.Graph);
        Texts.AssertFixedPoint(model);
    }

    [Fact]
    public void The_innermost_definition_wins_and_siblings_may_repeat_names()
    {
        var model = Texts.Parse($"{Texts.Header}g (x) => (y, t) {{ t = Op(x) y = If(x) <a = g1 () => (t) {{ t = A(x) }}, b = g2 () => (t) {{ t = B(x) }}, c = g3 () => (t) {{ }}> }}");
        var bodies = model.Main.Nodes.Last!.Subgraphs.ToList();
        Assert.Equal(["A", "B", "Op"], bodies.Select(b => b.Outputs[0].Producer!.Op.Name));
        Texts.AssertFixedPoint(model);
    }

    [Fact]
    public void An_inner_name_that_would_hide_a_captured_value_is_changed()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x");
        var body = Graph.NewBody(model.Main);
        var hiding = body.AddNode(Op, [x], ["x"]);
        var deeper = Graph.NewBody(body);
        deeper.AddOutput(deeper.AddNode(Op, [x, hiding.Output], ["x"]).Output);
        body.AddOutput(body.AddNode(If, [hiding.Output], ["o"], [new("b", new GraphAttribute(deeper))]).Output);
        model.Main.AddOutput(model.Main.AddNode(If, [x], ["y"], [new("b", new GraphAttribute(body))]).Output);

        var read = Texts.Parse(Texts.AssertFixedPoint(model));
        var inner = read.Main.Nodes.First!.Subgraphs.Single();
        Assert.Equal("x_1", inner.Nodes.First!.Output.Name);
        Assert.Same(read.Main.Inputs[0], inner.Nodes.First.Input(0));
        var innermost = inner.Nodes.Last!.Subgraphs.Single().Nodes.First!;
        Assert.Same(read.Main.Inputs[0], innermost.Input(0));
        Assert.Same(inner.Nodes.First.Output, innermost.Input(1));
    }

    [Fact]
    public void Values_of_one_name_are_told_apart()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x");
        var a = model.Main.AddNode(Op, [x], ["x"]).Output;
        var b = model.Main.AddNode(Op, [a], ["x"]).Output;
        var unnamed = model.Main.AddNode(Op, [b], [""]).Output;
        model.Main.AddNode(Op, [unnamed], ["x_1", ""]);
        model.Main.AddOutput(unnamed, "y");
        var text = Texts.AssertFixedPoint(model);
        Assert.Contains("x_2 = Op (x)", text, StringComparison.Ordinal);
        Assert.Contains("x_3 = Op (x_2)", text, StringComparison.Ordinal);
        Assert.Contains("y = Op (x_3)", text, StringComparison.Ordinal);
        Assert.Contains("x_1, \"\" = Op (y)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_slots_keep_their_names()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x", ValueType(3));
        var a = model.Main.AddNode(Op, [x], ["a"]).Output;
        a.SetType(ValueType(4));
        var b = model.Main.AddNode(Op, [x], ["b"]).Output;
        b.SetType(ValueType(5), inferred: true);
        model.Main.AddOutput(b, "a");
        model.Main.AddOutput(a, "b");
        model.Main.AddOutput(a, "b2");
        model.Main.AddOutput(a, "b2");
        model.Main.AddOutput(x, "x");
        model.Main.AddOutput(x, "copy");
        var text = Texts.AssertFixedPoint(model);
        Assert.Contains("=> (float[5] a, float[4] b, float[4] b2, float[4] b2, float[3] x, float[3] copy)", text, StringComparison.Ordinal);
        Assert.Contains("   b = Op (x)\n   a = Op (x)\n   b2 = Identity (b)\n   copy = Identity (x)\n", text, StringComparison.Ordinal);
        Assert.Equal(["a", "b", "b2", "b2", "x", "copy"], Texts.Parse(text).Main.OutputNames);
    }

    static TensorType ValueType(long extent) => new(ElementType.Float, new Shape([extent]));

    [Fact]
    public void Inferred_types_of_interior_values_are_not_printed()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x", ValueType(3));
        var stated = model.Main.AddNode(Op, [x], ["stated"]).Output;
        stated.SetType(ValueType(1));
        var inferred = model.Main.AddNode(Op, [stated], ["inferred"]).Output;
        inferred.SetType(ValueType(2), inferred: true);
        var y = model.Main.AddNode(Op, [inferred], ["y"]).Output;
        y.SetType(ValueType(4), inferred: true);
        model.Main.AddOutput(y);
        var text = Texts.AssertFixedPoint(model);
        Assert.Contains("=> (float[4] y)\n<\n   float[1] stated\n>\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Declared_types_of_initializers_survive_beside_their_data()
    {
        var text = Texts.AssertFixedPoint($"{Texts.Header}g () => (float[N] w) <float[2] w = {{1, 2}}, float[2] u = {{1, 2}}, float[M] u, float[2] t = {{3, 4}}, float[2] t> {{ }}");
        Assert.Contains("(float[N] w)\n<\n   float[2] w = {1, 2},\n   float[2] u = {1, 2},\n   float[2] t = {3, 4},\n   float[M] u\n>", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Captured_outputs_of_a_body_resolve_outside()
    {
        var model = Texts.Parse($"{Texts.Header}g (float[3] x) => (y) <float w = {{1}}> {{ y = If(x) <b = h () => (float[3] x, float w) {{ }}> }}");
        var body = model.Main.Nodes.First!.Subgraphs.Single();
        Assert.Same(model.Main.Inputs[0], body.Outputs[0]);
        Assert.Same(model.Main.Initializers.Single(), body.Outputs[1]);
        Texts.AssertFixedPoint(model);
    }

    [Fact]
    public void A_body_prints_alone_with_what_it_captures_by_name()
    {
        var model = Texts.Parse($"{Texts.Header}g (x) => (y) {{ y = If(x) <b = h () => (o) {{ o = Op(x) }}> }}");
        Assert.Equal("h () => (o)\n{\n   o = Op (x)\n}\n", OnnxPrinter.Print(model.Main.Nodes.First!.Subgraphs.Single()));
    }

    [Fact]
    public void Initializers_of_bodies_within_functions_stay_initializers()
    {
        var text = Texts.AssertFixedPoint($"{Texts.Header}g () => () {{ }} f (x) => (y) {{ y = If(x) <b = h () => (w) <float w = {{1}}> {{ }}> }}");
        Assert.Contains("         float w = {1}\n", text, StringComparison.Ordinal);
    }
}
