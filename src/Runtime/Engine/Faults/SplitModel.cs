using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// A model cut at one of its initializers: what does not depend on it (the prefix), and what does (the suffix). For any faults the prefix need run only
/// once, whatever the initializer holds.
/// </summary>
sealed class SplitModel
{
    SplitModel(PinnedModel? prefix, PinnedModel suffix, IReadOnlyList<string> links, int bound) =>
        (Prefix, Suffix, Links, Bound) = (prefix, suffix, links, bound);

    /// <summary>Null when everything else is an input of the model.</summary>
    public PinnedModel? Prefix { get; }

    public PinnedModel Suffix { get; }

    /// <summary>Outputs of the prefix, which are inputs of the suffix.</summary>
    public IReadOnlyList<string> Links { get; }

    /// <summary>Place of the initializer among the weights of the suffix.</summary>
    public int Bound { get; }

    /// <summary>Cuts the main graph of <paramref name="model"/>, whose types are known.</summary>
    public static Result<SplitModel> Of(Model model, Value bound)
    {
        var graph = model.Main;
        var after = new HashSet<Node>();
        foreach (var node in graph.Nodes)
            if (ModelPart.Used(node).Any(v => v == bound || (v.Producer is { } producer && after.Contains(producer)))) after.Add(node);
        var links = graph.Nodes.Where(after.Contains).SelectMany(ModelPart.Used).Concat(graph.Outputs)
            .Where(v => v.Constant is null && v.Producer is { } p && !after.Contains(p)).Distinct().ToList();
        var before = Ancestors(links);
        try
        {
            var suffix = Pin(graph, [.. graph.Nodes.Where(after.Contains)], links, graph.Outputs, outputName: i => graph.OutputNames[i]);
            if (!suffix.IsOk) return Result<SplitModel>.Fail(suffix.Diagnostics);
            var prefix = links.Count == 0 ? null : Pin(graph, [.. graph.Nodes.Where(before.Contains)], [], links, outputName: i => ModelPart.Link(links[i]));
            if (prefix is { IsOk: false }) return Result<SplitModel>.Fail(prefix.Diagnostics);
            var place = suffix.Value.Weights.ToList().FindIndex(w => w.Name == ModelExtract.NameOf(bound));
            return place < 0
                ? Result<SplitModel>.Fail(Diagnostic.Create(Descriptors.WeightsNotLive, null, 1, bound.Name))
                : Result<SplitModel>.Ok(new(prefix?.Value, suffix.Value, [.. links.Select(ModelPart.Link)], place));
        }
        catch (DiagnosticException e)
        {
            return Result<SplitModel>.Fail(e.Diagnostic);
        }
    }

    static Result<PinnedModel> Pin(Graph graph, List<Node> nodes, List<Value> links, IReadOnlyList<Value> outputs, Func<int, string> outputName) =>
        PinnedModel.Of(ModelSource.Bytes(ModelPart.ToBytes(graph, nodes, links, outputs, outputName)));

    static HashSet<Node> Ancestors(IEnumerable<Value> values)
    {
        var found = new HashSet<Node>();
        var pending = new Stack<Value>(values);
        while (pending.TryPop(out var value))
            if (value.Producer is { } node && found.Add(node))
                foreach (var used in ModelPart.Used(node)) pending.Push(used);
        return found;
    }
}
