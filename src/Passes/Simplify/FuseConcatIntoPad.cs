using Onnxc.IR;
using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary><c>Concat(c, x, c) -> Pad(x)</c> where every c holds one number throughout, as a constant or made by <c>ConstantOfShape</c>.</summary>
[Pass("fuse-concat-into-pad", "Concat(c, x, c) -> Pad(x) where c is one number throughout.")]
public sealed class FuseConcatIntoPad : RewriteRule
{
    static readonly OpPattern Join = Op("Concat").Variadic();

    public override OpPattern Root => Join;

    /// <summary>Before version 11 the amounts were attributes, and only floating-point numbers could be padded.</summary>
    public override Range Opsets => 11..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        var join = m[Join];
        // Read once: a constant that is compared throughout may be large.
        var fillings = join.Inputs.OfType<Value>().Select(i => (Value: i, Filling: Filling(i))).ToList();
        if (fillings.Count(f => f.Filling is null) != 1) return m.Decline("not all inputs but one hold one number throughout");
        var x = fillings.Find(f => f.Filling is null).Value;
        if (x.Shape is not { } shape || ConcatAxis.Of(join, shape) is not { } axis || axis < 0 || axis >= shape.Rank) return m.Decline("the axis is not known");
        // Integers make shapes, which everybody expects to find concatenated.
        if (x.ElementType is not (ElementType.Float or ElementType.Double)) return m.Decline("the type is neither float nor double");

        var pads = new long[2 * shape.Rank];
        TensorData? fill = null;
        var before = true;
        foreach (var (_, filling) in fillings)
        {
            if (filling is not var (number, dims)) before = false;
            else if (dims.Length != shape.Rank || (fill is not null && !fill.ContentEquals(number))) return m.Decline("the numbers differ");
            else
            {
                fill = number;
                pads[before ? axis : axis + shape.Rank] += dims[(int)axis];
            }
        }
        if (fill is null) return m.Decline("there is nothing to add");
        return m.Replace(b => b.Op("Pad", [x, b.Constant(TensorData.Int64s(pads)), b.Constant(fill)]));
    }

    /// <summary>The number of which the value consists, as a scalar, and its extents; null when it is not known to be of one number.</summary>
    static (TensorData Number, long[] Dims)? Filling(Value value)
    {
        if (value.Constant is { } data) return Scalars.Splat(data) is { } number ? (number, [.. data.Dims]) : null;
        if (value.Producer is not { } node || !node.Op.Is("ConstantOfShape") || ConstantVector.Int64s(node.Input(0)) is not { } dims) return null;
        if (!node.Attributes.Has("value")) return (TensorData.Scalar(0f), dims);
        return node.Attributes.Tensor("value") is { } given && Scalars.Splat(given) is { } filled ? (filled, dims) : null;
    }
}
