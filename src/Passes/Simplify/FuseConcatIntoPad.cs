using Onnxc.IR;
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
        if (join.Inputs.Count(i => i is not null && Filling(i) is null) != 1) return m.Decline("not all inputs but one hold one number throughout");
        var x = join.Inputs.First(i => i is not null && Filling(i) is null)!;
        if (x.Shape is not { } shape || ConcatAxis.Of(join, shape) is not { } axis || axis < 0 || axis >= shape.Rank) return m.Decline("the axis is not known");
        // Integers make shapes, which everybody expects to find concatenated.
        if (x.ElementType is not (ElementType.Float or ElementType.Double)) return m.Decline("the type is neither float nor double");

        var pads = new long[2 * shape.Rank];
        TensorData? fill = null;
        var before = true;
        foreach (var input in join.Inputs)
        {
            if (ReferenceEquals(input, x)) before = false;
            else if (Filling(input!) is not { } filling || filling.Dims.Length != shape.Rank || (fill is not null && !fill.ContentEquals(filling.Number)))
                return m.Decline("the numbers differ");
            else
            {
                fill = filling.Number;
                pads[before ? axis : axis + shape.Rank] += filling.Dims[(int)axis];
            }
        }
        if (fill is null) return m.Decline("there is nothing to add");
        return m.Replace(b => b.Op("Pad", [x, b.Constant(TensorData.Int64s(pads)), b.Constant(fill)]));
    }

    /// <summary>The number of which the value consists, as a scalar, and its extents; null when it is not known to be of one number.</summary>
    static (TensorData Number, long[] Dims)? Filling(Value value)
    {
        if (value.Constant is { } data) return Splat(data) is { } number ? (number, [.. data.Dims]) : null;
        if (value.Producer is not { } node || !node.Op.Is("ConstantOfShape") || node.Input(0)?.Constant is not { Element: ElementType.Int64 } dims || dims is SparseTensor) return null;
        if (!node.Attributes.Has("value")) return (TensorData.Scalar(0f), dims.ToArray<long>());
        return node.Attributes.Tensor("value") is { } given && Splat(given) is { } filled ? (filled, dims.ToArray<long>()) : null;
    }

    static DenseTensor? Splat(TensorData data)
    {
        if (data is SparseTensor || data.ElementCount == 0 || data.ByteLength > int.MaxValue || data.Element.BitWidth() % 8 != 0 || data.Element == ElementType.String) return null;
        var size = data.Element.BitWidth() / 8;
        var bytes = data.Bytes;
        // Every element equals the one before.
        return bytes[size..].SequenceEqual(bytes[..^size]) ? new DenseTensor(data.Element, [], bytes[..size].ToArray()) : null;
    }
}
