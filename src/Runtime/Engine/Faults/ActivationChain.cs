using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>
/// A model cut behind each layer that reads a faulty weight, so that what the layer gives lies in memory of ours before anything reads it. The cuts come
/// after ONNX Runtime's own fusions: they are made between what it runs.
/// </summary>
sealed class ActivationChain
{
    ActivationChain(IReadOnlyList<FaultSite> sites, IReadOnlyList<Part> parts, string scores) => (Sites, Parts, Scores) = (sites, parts, scores);

    /// <summary>Activations in faulty memory, in the order in which they are made; how many elements they have shows in a run.</summary>
    public IReadOnlyList<FaultSite> Sites { get; }

    /// <summary>Models to run one after the other, each on outputs of those before.</summary>
    public IReadOnlyList<Part> Parts { get; }

    /// <summary>The output that decides.</summary>
    public string Scores { get; }

    /// <summary>Cuts the main graph.</summary>
    public static Result<ActivationChain> Of(PinnedModel pinned)
    {
        var read = ModelReader.Read(pinned.Bytes);
        if (!read.IsOk) return Result<ActivationChain>.Fail(read.Diagnostics);
        try
        {
            return Infer(read.Value.Main) is { } failure ? Result<ActivationChain>.Fail(failure) : Cut(read.Value.Main, pinned);
        }
        catch (DiagnosticException e)
        {
            return Result<ActivationChain>.Fail(e.Diagnostic);
        }
    }

    static Result<ActivationChain> Cut(Graph graph, PinnedModel pinned)
    {
        if (Decisions.Scores([.. graph.Outputs.Select((o, i) => new ModelPort(graph.OutputNames[i], o.Type!))]) is not { } scores)
            return Result<ActivationChain>.Fail(Decisions.NoScores());
        var decides = graph.Outputs[graph.OutputNames.ToList().IndexOf(scores.Name)];
        var nodes = graph.Nodes.Where(n => n.Outputs is not [{ Constant: not null }]).ToList();
        var weights = pinned.Weights.ToDictionary(w => w.Name, StringComparer.Ordinal);
        var layers = nodes.Select(n => (Node: n, Site: SiteOf(n, weights))).Where(l => l.Site is not null).ToList();
        if (layers.Count == 0) return Unreachable();

        // One part ends with each layer, and the last one with the model.
        var ends = layers.Select(l => l.Node).ToHashSet();
        var (part, last) = (new Dictionary<Node, int>(), 0);
        foreach (var node in nodes)
        {
            part[node] = last;
            if (ends.Contains(node)) last++;
        }
        var needed = nodes.SelectMany(n => ModelPart.Used(n).Select(v => (Value: v, By: part[n]))).Append((Value: decides, By: last + 1))
            .Where(u => u.Value.Producer is { } producer && part.TryGetValue(producer, out var made) && made < u.By).ToLookup(u => u.By, u => u.Value);
        if (needed.SelectMany(g => g).Any(v => v.Type is null)) return Unreachable();
        var parts = new List<Part>();
        for (var i = 0; i <= last; i++)
        {
            List<Node> own = [.. nodes.Where(n => part[n] == i)];
            var links = needed[i].Distinct().ToList();
            var given = needed.Where(g => g.Key > i).SelectMany(g => g).Distinct().Where(v => part[v.Producer!] == i).ToList();
            if (given.Count == 0) continue;
            var site = layers.FindIndex(l => part[l.Node] == i);
            var name = site < 0 ? null : ModelPart.Link(layers[site].Node.Outputs[0]);
            parts.Add(new(ModelPart.ToBytes(graph, own, links, given, o => ModelPart.Link(given[o])), [.. given.Select(ModelPart.Link)], site, name));
        }
        return Result<ActivationChain>.Ok(new([.. layers.Select(l => l.Site!)], parts, ModelPart.Link(decides)));
    }

    // As ONNX Runtime knows them: only its kernels tell what those of our operators give that stand there without their functions.
    static Diagnostic? Infer(Graph graph)
    {
        List<Node> nodes = [.. graph.Nodes];
        List<Value> values = [.. nodes.SelectMany(n => n.Outputs).Where(o => o.HasUses && o.Constant is null)];
        var loaded = OrtModel.Load(ModelPart.ToBytes(graph, nodes, [], values, i => string.Create(CultureInfo.InvariantCulture, $"onnxc/typed/{i}")),
            SessionSettings.Unoptimized.WithKernels());
        if (!loaded.IsOk) return loaded.Diagnostics[0];
        using var model = loaded.Value;
        for (var i = 0; i < values.Count; i++) values[i].SetType(model.Outputs[i].Type, inferred: true);
        return null;
    }

    static Result<ActivationChain> Unreachable() => Result<ActivationChain>.Fail(Diagnostic.Create(Descriptors.NothingToStrike, null, "activations of known types"));

    // Called by its weight, which a protected model has as well, whatever its values are called.
    static FaultSite? SiteOf(Node node, Dictionary<string, FaultWeight> weights)
    {
        if (node.Outputs is not [var made, ..] || made.Type is not TensorType { Element: var element } || !PinnedModel.Faulty.Contains(element)) return null;
        var weight = node.Inputs.OfType<Value>().Where(v => v.IsInitializer).Select(v => weights.GetValueOrDefault(v.Name)).FirstOrDefault(w => w is not null);
        return weight is null ? null : new(weight.Name, node.DisplayName, element, 0);
    }

    /// <summary>One model of the chain.</summary>
    /// <param name="Site">Place of the activation among the sites that it makes, or -1; <paramref name="Struck"/> is the name of that output.</param>
    public sealed record Part(byte[] Model, IReadOnlyList<string> Outputs, int Site, string? Struck);
}
