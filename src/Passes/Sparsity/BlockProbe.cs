using Onnxc.Calibration;
using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Serialization;

namespace Onnxc.Passes.Sparsity;

/// <summary>
/// A copy of a model in which every block stands twice, as it is and behind masks at the inputs of its products: both have the same input, which no mask of another block
/// has changed, and one run tells how far they are apart.
/// </summary>
sealed class BlockProbe
{
    readonly Model copy;
    readonly Dictionary<SparseSite, Node> limits = [];
    readonly Dictionary<Value, (Value Dense, Value Sparse)> outputs = [];
    readonly IReadOnlyList<(IReadOnlyList<SparseSite> Sites, Value Output)> blocks;

    public BlockProbe(Model model, IReadOnlyList<(IReadOnlyList<SparseSite> Sites, Value Output)> blocks)
    {
        this.blocks = blocks;
        copy = ModelReader.Read(ModelWriter.ToBytes(model)).OrThrow();
        var nodes = model.Main.Nodes.Zip(copy.Main.Nodes).ToDictionary(p => p.First, p => p.Second);
        foreach (var (sites, output) in blocks)
            if (nodes.TryGetValue(output.Producer!, out var producer)) Double(sites, producer.Outputs[output.OutputIndex], output, nodes);
    }

    /// <summary>False for a block that cannot stand twice.</summary>
    public bool Holds(int block) => outputs.ContainsKey(blocks[block].Output);

    /// <summary>The squared distance of what each block makes from what it made, at bounds up to which inputs are left out; null where data do not show it.</summary>
    public Dictionary<Value, double>? Errors(ICalibrator calibrator, IReadOnlyDictionary<SparseSite, float> bounds, int rows)
    {
        foreach (var (site, compare) in limits)
            ValueStore.Exchange(compare, 1, TensorData.Scalar(bounds[site]));
        var seen = calibrator.Rows(copy, [.. outputs.Values.SelectMany(o => new[] { o.Dense, o.Sparse })], rows);
        if (!seen.IsOk) return null;
        var errors = new Dictionary<Value, double>();
        foreach (var (output, (dense, sparse)) in outputs)
        {
            if (!seen.Value.TryGetValue(dense, out var a) || !seen.Value.TryGetValue(sparse, out var b) || a.Length != b.Length) return null;
            var sum = 0.0;
            for (var i = 0; i < a.Length; i++) sum += (double)(a[i] - b[i]) * (a[i] - b[i]);
            errors[output] = sum;
        }
        return errors;
    }

    void Double(IReadOnlyList<SparseSite> sites, Value end, Value output, Dictionary<Node, Node> nodes)
    {
        var masked = sites.ToDictionary(s => nodes[s.Product.Node]);
        var after = false;
        var between = new List<Node>();
        var (changed, last) = (new HashSet<Value>(), end.Producer!);
        foreach (var node in copy.Main.Nodes)
        {
            if (after) break;
            after = ReferenceEquals(node, last);
            if (!masked.ContainsKey(node) && !node.Inputs.Any(i => i is not null && changed.Contains(i))) continue;
            between.Add(node);
            changed.UnionWith(node.Outputs);
        }
        if (!changed.Contains(end) || between.Any(n => n.Subgraphs.Any())) return;
        // In front of it, what the block made is there, and nothing that follows was made.
        var (twin, place) = (new Dictionary<Value, Value>(), last.NextNode);
        foreach (var node in between)
        {
            var inputs = node.Inputs.Select(i => i is not null && twin.TryGetValue(i, out var other) ? other : i).ToArray();
            if (masked.TryGetValue(node, out var site)) inputs[0] = Mask(inputs[0]!, site, place);
            var added = copy.Main.AddNode(node.Op, inputs, node.Outputs.Select(o => o.Name.Length == 0 ? "" : $"{o.Name}_twin"), node.Attributes, before: place);
            for (var i = 0; i < node.Outputs.Length; i++)
            {
                added.Outputs[i].SetType(node.Outputs[i].Type, inferred: true);
                twin[node.Outputs[i]] = added.Outputs[i];
            }
        }
        outputs[output] = (end, twin[end]);
    }

    // What a bound leaves out of the input of a product; the bound is exchanged later.
    Value Mask(Value input, SparseSite site, Node? place)
    {
        var builder = new GraphBuilder(copy.Main, place, "twin");
        var idle = builder.Node(new OpId("", "LessOrEqual"), [builder.Op("Abs", [input]), builder.Constant(TensorData.Scalar(0f))], 1);
        limits[site] = idle;
        return builder.Op("Where", [idle.Output, builder.Constant(TensorData.Scalar(0f)), input]);
    }
}
