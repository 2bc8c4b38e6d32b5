using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Quantization;

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
        if (site.Up is { } up) Finish("SparseGatedFfn", [up.Input, decides, Weights(up, byTerm: false), Weights(site.Product, byTerm: true), threshold]);
        else Finish("MaskedGemv", [decides, Weights(site.Product, byTerm: true), threshold]);
    }

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

    void Finish(string name, IReadOnlyList<Value?> inputs)
    {
        var definition = OperatorLibrary.Find(name)!;
        OperatorLibrary.AddFunction(node.Graph.Model, definition);
        node.Graph.Import(OperatorLibrary.Domain, 1);
        var (bias, hidden) = (site.Product.Bias, site.Product.Input);
        if (bias is null) node.ReplaceBy(definition.Id, [.. inputs]);
        else node.ReplaceBy("Add", [builder.Node(definition.Id, [.. inputs], 1).Output, bias]);
        ValueStore.RemoveUnused(site.Product.Weight);
        if (site.Up is not { } up) return;
        if (!hidden.HasUses) node.Graph.RemoveNode(hidden.Producer!);
        node.Graph.RemoveNode(up.Node);
        ValueStore.RemoveUnused(up.Weight);
    }
}
