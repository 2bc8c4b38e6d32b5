using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Experts;
using Onnxc.Passes.Fuse;
using Onnxc.Passes.Quantization;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Sparsity;

/// <summary>A product with what a mask of the largest elements leaves of a vector: rows of its weights for these alone.</summary>
sealed class ChosenRows(Node mask, ShapeAnalysis shapes)
{
    /// <summary>The sum of rows; why there is none where it looks like one.</summary>
    public (RowBag? Bag, string? Reason) Read()
    {
        if (Marked() is not var (marks, indices, updates)) return default;
        var nodes = new List<Node> { mask };
        var value = marks;
        while (value.Producer is { } below && below != mask) (value, nodes) = (below.Input(0)!, [.. nodes, below]);
        value = marks;
        var chosenFrom = (Value?)null;
        while (Next(value) is { } user)
        {
            nodes.Add(user);
            if (user.Op.Is("Mul") && chosenFrom is null && IsOne(updates)) chosenFrom = Kept(user, value);
            else if (!user.Op.Is("Cast")) return FfnBlocks.Read(user, 1) is { } product && ReferenceEquals(product.Input, value) ? Found(product) : default;
            if (user.Op.Is("Mul") && chosenFrom is null) return default;
            value = user.Output;
        }
        return default;

        (RowBag?, string?) Found(WeightSite product)
        {
            if (shapes.ShapeOf(indices) is not { Length: > 0 } places || places[^1].Constant is not { } count) return (null, "the number of chosen rows is not constant");
            if (2 * count > product.Reduced) return (null, "more than half of the rows are chosen");
            if (product.CodeBits > 0 || product.Data.Element is not (ElementType.Float or ElementType.Float16)) return (null, "the weights are quantized, or neither float32 nor float16");
            if (places[..^1].All(p => p.Constant is not null) && places[..^1].Aggregate(1.0, (n, p) => n * p.Constant!.Value) is var rows and > MostRows) return (null, "for so many rows a dense product is as fast");
            return (new(indices, product.Node, nodes, (b, i) => Write(b, i, product)), null);
        }

        Value Write(GraphBuilder b, Value at, WeightSite product)
        {
            var factors = chosenFrom is null ? updates! : b.Op("GatherElements", [chosenFrom, at], ("axis", -1L));
            var sum = b.Custom("WeightedEmbeddingBag", [factors, at, Table(b, product)]);
            return product.Bias is null ? sum : b.Op("Add", [sum, product.Bias]);
        }
    }

    // What goes on towards a product; what else there may be is looked at in the end.
    Node? Next(Value value) =>
        value.Uses.Select(u => u.Node).OfType<Node>().FirstOrDefault(n => ReferenceEquals(n.Graph, mask.Graph) && (n.Op.Is("Cast") || n.Op.Is("Mul") || WeightSite.IsProduct(n) || n.Op.Name == "MatMulNBits"));

    // Above them a dense product, which reads its weights once for all, is as fast.
    const int MostRows = 16;

    // Ones, or values, where an element was chosen, zeros elsewhere. The largest are different ones, so that none is set twice.
    (Value Marks, Value Indices, Value? Updates)? Marked()
    {
        if (mask.Input(mask.Op.Is("OneHot") ? 0 : 1) is not { Producer: { } top } indices || !top.Op.Is("TopK") || indices.OutputIndex != 1) return null;
        if (mask.Op.Is("ScatterElements"))
        {
            if (mask.Attributes.Has("reduction") || !RoutingView.IsZero(mask.Input(0)) || shapes.ShapeOf(mask.Output) is not { } shape || !IsLast(mask.Attributes.Int("axis", 0), shape.Length)) return null;
            return mask.Input(2) is { } updates ? (mask.Output, indices, updates) : null;
        }
        if (mask.Attributes.Int("axis", -1) != -1 || !RoutingView.IsZeroThenOne(mask.Input(2)?.Constant) || mask.Output.UseCount != 1) return null;
        var sum = mask.Output.Uses[0].Node;
        if (sum?.Op.Is("Cast") == true && sum.Output.UseCount == 1) sum = sum.Output.Uses[0].Node;
        if (sum?.Op.Is("ReduceSum") != true || sum.Attributes.Int("keepdims", 1) != 0 || shapes.ShapeOf(sum.Input(0)) is not { } marks) return null;
        return RoutingView.IsAlong(sum, marks.Length - 2, marks.Length) ? (sum.Output, indices, null) : null;
    }

    static bool IsLast(long? axis, int rank) => axis == -1 || axis == rank - 1;

    // What has an element for each mark, so that neither spreads over the other.
    Value? Kept(Node times, Value marks)
    {
        var kept = ReferenceEquals(times.Input(0), marks) ? times.Input(1) : times.Input(0);
        return shapes.ShapeOf(kept) is { } elements && shapes.ShapeOf(marks) is { } has && elements.SequenceEqual(has) ? kept : null;
    }

    // Null are those of `OneHot`.
    static bool IsOne(Value? value)
    {
        while (value?.Constant is null)
        {
            if (value is null) return true;
            if (value.Producer is not { Op.IsStandard: true } node) return false;
            if (node.Op.Name == "ConstantOfShape") return node.Attributes.Tensor("value") is { } fill && FloatingTensor.CanWrite(fill.Element) && FloatingTensor.Read(fill) is [1];
            if (node.Op.Name is not ("Expand" or "Cast" or "CastLike" or "Identity" or "Reshape" or "Unsqueeze")) return false;
            value = node.Input(0);
        }
        return value.Constant is var data and not SparseTensor && (FloatingTensor.CanWrite(data.Element) ? Array.TrueForAll(FloatingTensor.Read(data), v => v == 1) : data.Element == ElementType.Int64 && Array.TrueForAll(data.ToArray<long>(), v => v == 1));
    }

    static Value Table(GraphBuilder b, WeightSite product) =>
        product.IsTransposed && product.Alpha == 1 ? product.Weight : b.Constant(FloatingType.Write(product.Data.Element, [product.Reduced, product.Channels], SparseSite.RowsByTerm(product)));
}
