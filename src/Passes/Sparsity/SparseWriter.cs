using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Experts;
using Onnxc.Passes.Quantization;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Sparsity;

/// <summary>Writes one site with the operators that leave out idle rows.</summary>
sealed class SparseWriter(SparseSite site, SparseSetting setting, bool soft)
{
    readonly Node node = site.Product.Node;
    readonly GraphBuilder builder = new(site.Product.Node.Graph, site.Product.Node, "sparse");

    public void Write()
    {
        if (setting.Multiplier is { } multiplier) MaskBefore(site.Block!, multiplier);
        var decides = setting.Kept is { } kept ? Largest(site.Decides, kept) : site.Decides;
        var threshold = builder.Constant(FloatingType.Write(ElementType.Float, setting.Thresholds.Length == 1 ? [] : [setting.Thresholds.Length], setting.Thresholds));
        var (name, inputs, attributes) = ("MaskedGemv", new List<Value?> { decides }, new List<(string Name, AttributeValue Value)>());
        if (site.Up is { } up)
        {
            (name, inputs) = ("SparseGatedFfn", [up.Input, decides]);
            if (site.Silu) attributes.Add(("silu", 1L));
            inputs.AddRange(up.Codes is { } codes ? CodesByChannel(up, codes.Value) : [Weights(up, byTerm: false)]);
        }
        if (site.Product.Codes is { } stored)
        {
            name += "NBits";
            inputs.AddRange(CodesByTerm(site.Product, stored.Value));
            attributes.AddRange([("bits", stored.Value.Grid.Bits), ("block", stored.Value.Block)]);
        }
        else inputs.Add(Weights(site.Product, byTerm: true));
        Finish(name, [.. inputs, threshold], attributes);
    }

    Value[] CodesByTerm(WeightSite product, QuantizedMatrix codes) =>
    [
        builder.Constant(SparseCodes.ByTerm(codes)), builder.Constant(SparseCodes.ScalesByTerm(codes, product.Data.Element)), builder.Constant(SparseCodes.ZerosByTerm(codes, product.Data.Element)),
    ];

    // As `MatMulNBits` has them, whose constants stay where they lie so already.
    Value[] CodesByChannel(WeightSite product, QuantizedMatrix codes)
    {
        var (laid, scales) = (StoredWeights.Codes(codes), StoredWeights.Scales(codes, product.Data.Element));
        return [Stored(product.Node.Input(1)!, laid), Stored(product.Node.Input(2), scales), builder.Constant(SparseCodes.ZerosByChannel(codes, product.Data.Element))];
    }

    Value Stored(Value? old, TensorData data) => old?.Constant is { } constant && constant.ContentEquals(data) ? old : builder.Constant(data);

    // f(0) is 0 for all activations here, so what is masked before one is idle behind it.
    void MaskBefore(FfnBlock block, double multiplier)
    {
        var before = block.Before;
        var users = before.Uses;
        var first = users.Select(u => (Node)u.User).MinBy(n => n.Graph.Nodes.TakeWhile(m => m != n).Count())!;
        var masked = new GraphBuilder(node.Graph, first, "sparse").Custom("StatisticalTopK", [before], ("multiplier", (float)multiplier), ("soft", soft ? 1L : 0L));
        masked.SetType(before.Type, before.TypeIsInferred);
        foreach (var use in users) use.User.SetOperand(use.Slot, masked);
    }

    // Ties with the last one that counts count as well.
    Value Largest(Value values, long kept)
    {
        var (size, count, zero) = (builder.Op("Abs", [values]), builder.Constant(TensorData.Int64s([kept])), builder.Constant(TensorData.Scalar(0f)));
        var top = builder.Node(new OpId("", "TopK"), [size, count], 2, ("axis", -1L)).Output;
        var last = builder.Op("Gather", [top, builder.Constant(TensorData.Int64s([kept - 1]))], ("axis", -1L));
        return builder.Op("Where", [builder.Op("Less", [size, last]), zero, values]);
    }

    // Where they lie as they have to, they are shared with whoever else uses them.
    Value Weights(WeightSite product, bool byTerm)
    {
        if (product.IsTransposed == byTerm && product.Alpha == 1) return product.Weight;
        var (rows, columns) = byTerm ? (product.Reduced, product.Channels) : (product.Channels, product.Reduced);
        return builder.Constant(TensorData.Floats(byTerm ? SparseSite.RowsByTerm(product) : product.Matrix.ReadAll(), rows, columns));
    }

    void Finish(string name, IReadOnlyList<Value?> inputs, IReadOnlyList<(string Name, AttributeValue Value)> attributes)
    {
        var definition = OperatorLibrary.Find(name)!;
        OperatorLibrary.AddFunction(node.Graph.Model, definition);
        node.Graph.Import(OperatorLibrary.Domain, 1);
        var (bias, hidden) = (site.Product.Bias, site.Product.Input);
        var weights = node.Inputs.Skip(1).ToList();
        if (bias is null) node.ReplaceBy(definition.Id, [.. inputs], attributes.Select(a => KeyValuePair.Create(a.Name, a.Value)));
        else node.ReplaceBy("Add", [builder.Node(definition.Id, [.. inputs], 1, [.. attributes]).Output, bias]);
        RemoveUnused(weights);
        if (site.Up is not null) ExpertNodes.Remove(hidden.Producer!);
    }

    // Weights, scales and zeros, and those of the `DequantizeLinear` before a product.
    static void RemoveUnused(IEnumerable<Value?> constants)
    {
        foreach (var constant in constants.OfType<Value>().Distinct().Where(c => !c.HasUses))
        {
            var before = constant.Constant is null ? constant.Producer?.Inputs.ToList() : null;
            if (constant.Constant is null && constant.Producer?.Op.Is("DequantizeLinear") != true) continue;
            ValueStore.RemoveUnused(constant);
            if (before is not null) RemoveUnused(before);
        }
    }
}
