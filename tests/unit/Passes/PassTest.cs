using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Rewriting;
using Xunit;

namespace Onnxc.Tests.Passes;

/// <summary>Builds small models and runs single passes on them, checking the graph's invariants afterwards.</summary>
static class PassTest
{
    public static readonly ElementType F = ElementType.Float;

    public static Model NewModel(long opset = 21, long ir = 10) => new(ir, OpsetImports.Empty.With("", opset).With("com.microsoft", 1).With("com.acme", 1));

    public static TensorType Type(params long[] dims) => new(ElementType.Float, new Shape(dims));

    public static Value Op(this Graph graph, string op, string output, Value?[] inputs, params (string Name, AttributeValue Value)[] attributes) =>
        graph.AddNode(new OpId("", op), inputs, [output], attributes.Select(a => KeyValuePair.Create(a.Name, a.Value)), $"{op}_{output}").Output;

    public static Value Transpose(this Graph graph, string output, Value x, params long[] perm) =>
        perm.Length == 0 ? graph.Op("Transpose", output, [x]) : graph.Op("Transpose", output, [x], ("perm", perm));

    public static Value If(this Graph graph, string output, Func<Graph, Value> then)
    {
        var condition = graph.AddInput($"{output}_condition", new TensorType(ElementType.Bool, Shape.Scalar));
        var (yes, no) = (Graph.NewBody(graph), Graph.NewBody(graph));
        yes.AddOutput(then(yes));
        no.AddOutput(no.Op("Constant", $"{output}_else", [], ("value", TensorData.Floats([1]))));
        return graph.Op("If", output, [condition], ("then_branch", new GraphAttribute(yes)), ("else_branch", new GraphAttribute(no)));
    }

    public static Graph Body(this Graph graph, string attribute = "then_branch") =>
        graph.Nodes.Select(n => n.Attributes[attribute]).OfType<GraphAttribute>().First().Value;

    public static Function Call(this Model model, Action<Graph> body, OpsetImports? opsets = null)
    {
        var function = model.AddFunction(new OpId("test", "F"), opsets ?? OpsetImports.Empty.With("", 21));
        body(function.Body);
        var x = model.Main.AddInput("call_x");
        model.Main.AddOutput(model.Main.AddNode(function.Id, [x], ["call_y"]).Output);
        return function;
    }

    public static string[] Ops(this Graph graph) => [.. graph.Nodes.Select(n => n.Op.Name)];

    public static PassContext Run(Pass pass, Model model, IEvaluator? evaluator = null, MatchTrace? trace = null, ITypeInference? inference = null,
        StepGate? gate = null, Func<Node, bool>? selects = null)
    {
        var cx = new PassContext("test", selects, gate ?? new StepGate(), evaluator, inference) { Trace = trace };
        pass.Run(model, cx);
        Check(model);
        return cx;
    }

    public static PassContext Declines(Pass pass, Model model, string reason, IEvaluator? evaluator = null)
    {
        var revision = model.Revision;
        var cx = Run(pass, model, evaluator);
        Assert.Equal(revision, model.Revision);
        Assert.Equal(0, cx.Changed);
        Assert.Contains(reason, cx.Skipped.Keys);
        return cx;
    }

    static void Check(Model model) => Assert.Empty(Verifier.Check(model));
}
