using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Some nodes of a graph as a model of their own; what other parts compute are its inputs.</summary>
static class ModelPart
{
    /// <summary>The name of a value that one part gives and another takes.</summary>
    public static string Link(Value value) => ModelExtract.NameOf(value) + "/link";

    /// <summary>All values that a node needs, those that its bodies capture too.</summary>
    public static IEnumerable<Value> Used(Node node) => node.Inputs.OfType<Value>().Concat(node.Subgraphs.SelectMany(GraphOrder.Captures).Where(v => v.Graph == node.Graph));

    /// <param name="graph">A main graph, whose types are known.</param>
    /// <param name="nodes">In order.</param>
    /// <param name="links">What other parts compute of it.</param>
    /// <param name="outputs">What the part gives; those that it does not compute are left out.</param>
    /// <param name="outputName">The name of each output by its place.</param>
    public static byte[] ToBytes(Graph graph, IReadOnlyList<Node> nodes, IReadOnlyList<Value> links, IReadOnlyList<Value> outputs, Func<int, string> outputName)
    {
        var extract = new ModelExtract(graph, new FunctionSection());
        var needed = nodes.SelectMany(Used).Concat(outputs).ToHashSet();
        foreach (var input in graph.Inputs)
            if (!input.IsInitializer && needed.Contains(input)) extract.AddInput(input, input.Type!, input.Name);
        foreach (var link in links) extract.AddInput(link, link.Type!, Link(link));
        foreach (var initializer in graph.Initializers)
            if (needed.Contains(initializer)) extract.AddWeight(initializer, initializer.Initializer!);
        // Constants are nodes of nobody, and may be used on both sides.
        foreach (var node in graph.Nodes.Where(n => n.Outputs is [{ Constant: not null } value] && needed.Contains(value))) extract.AddNode(node);
        foreach (var node in nodes.Where(n => n.Outputs is not [{ Constant: not null }])) extract.AddNode(node);
        for (var i = 0; i < outputs.Count; i++)
            if (extract.Contains(outputs[i])) extract.AddOutput(outputs[i], outputName(i));
        return extract.ToBytes();
    }
}
