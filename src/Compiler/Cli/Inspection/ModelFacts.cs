using Onnxc.Cli.Json;
using Onnxc.IR;
using Onnxc.Passes.Tokens;
using Onnxc.Pipelines;
using Onnxc.Runtime;

namespace Onnxc.Cli.Inspection;

/// <summary>Counts what a model consists of.</summary>
static class ModelFacts
{
    public static InspectReport.ModelJson Of(Model model, string path, bool withNodes)
    {
        var bodies = model.Bodies().ToList();
        var nodes = bodies.SelectMany(b => b.Nodes).ToList();
        var weights = bodies.SelectMany(b => b.Initializers).Select(i => i.Initializer!)
            .Concat(nodes.Where(n => n.Op.Is("Constant")).Select(n => n.Output.Constant).OfType<TensorData>()).ToList();
        return new()
        {
            Path = path,
            FileBytes = new FileInfo(path).Length,
            IrVersion = model.IrVersion,
            Producer = string.Join(' ', new[] { model.ProducerName, model.ProducerVersion }.Where(s => !string.IsNullOrEmpty(s))),
            Opsets = [.. model.Opsets.Entries.Select(e => new InspectReport.OpsetJson(e.Key.Length == 0 ? "ai.onnx" : e.Key, e.Value))],
            Inputs = [.. model.Main.RequiredInputs.Select(i => new InspectReport.PortJson(i.Name, i.Type?.ToString() ?? "?"))],
            Outputs = [.. model.Main.Outputs.Zip(model.Main.OutputNames, (v, n) => new InspectReport.PortJson(n, v.Type?.ToString() ?? "?"))],
            Nodes = nodes.Count,
            Functions = model.Functions.Count,
            Subgraphs = bodies.Count(b => b.Owner is not null),
            Parameters = weights.Sum(w => w.ElementCount),
            WeightBytes = weights.Sum(w => w.ByteLength),
            Ops = [.. nodes.GroupBy(n => n.Op.ToString(), StringComparer.Ordinal)
                .Select(g => new InspectReport.OpJson(g.Key, g.Count(), g.Sum(NodeProperties.Params)))
                .OrderByDescending(o => o.Count).ThenBy(o => o.Op, StringComparer.Ordinal)],
            Weights = [.. weights.GroupBy(w => w.Element)
                .Select(g => new InspectReport.WeightJson(g.Key.Name(), g.Count(), g.Sum(w => w.ElementCount), g.Sum(w => w.ByteLength)))
                .OrderByDescending(w => w.Bytes).ThenBy(w => w.Type, StringComparer.Ordinal)],
            NodeList = withNodes ? [.. nodes.Select(ToJson)] : null,
        };
    }

    /// <summary>Blocks of encoders; where types cannot be inferred, those whose shapes the file states.</summary>
    public static IReadOnlyList<InspectReport.BlockJson> Blocks(Model model)
    {
        new TypeInference().Infer(model);
        return [.. BlockReport.Of(model).Select(b => new InspectReport.BlockJson(b.Name, b.Chain, b.Tokens, b.Width, b.Heads, b.Norm, b.Head, b.Obstacle))];
    }

    static InspectReport.NodeJson ToJson(Node node) => new(
        node.DisplayName, node.Op.ToString(), NodeProperties.Scope(node), NodeProperties.Dtype(node)?.Name(), NodeProperties.Params(node), node.Graph.Depth);
}
