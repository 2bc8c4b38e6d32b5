using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>x·1, x/1, x^1, x-0, x∧true, x∨false -> x</c>, and <c>x+0 -> x</c> for integers. In floating point <c>-0 + 0</c> is <c>0</c>, so only
/// <c>-0</c> is neutral there. The constant must not widen the shape of x.
/// </summary>
[Pass("eliminate-no-op-arithmetic", "x·1, x/1, x^1, x-0, x∧true, x∨false -> x; x+0 -> x for integers")]
public sealed class EliminateNoOpArithmetic : RewriteRule
{
    // Larger constants are weights; reading them all would cost more than it gives.
    const int LargestConstant = 1 << 20;

    static readonly Var X = Any();
    static readonly ConstantPattern C = Constant();
    static readonly OpPattern Operation = Op(["Add", "And", "Div", "Mul", "Or", "Pow", "Sub", "Xor"], X, C).Commutative();

    public override OpPattern Root => Operation;

    /// <summary>Before version 7 broadcasting had to be asked for.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        var (node, data) = (m[Operation], m.Constant(C));
        if (node.Op.Name is "Div" or "Pow" or "Sub" && !ReferenceEquals(node.Input(1), m[C]))
            return m.Decline("the constant stands on the left");
        if (Neutral(node.Op.Name, data.Element) is not { } neutral) return m.Decline("nothing is neutral for this type");
        if (data.ByteLength > LargestConstant) return m.Decline("the constant is large");
        if (data is SparseTensor || !IsAll(data.Bytes, neutral)) return m.Decline("the constant is not neutral");
        if (!Keeps(data, m[X].Shape)) return m.Decline("the constant may widen the shape");
        return m.Replace(_ => m[X]);
    }

    static byte[]? Neutral(string op, ElementType element)
    {
        if (element == ElementType.Bool) return op switch { "And" => [1], "Or" or "Xor" => [0], _ => null };
        if (element.IsInteger() && element.BitWidth() >= 8)
        {
            var bytes = new byte[element.BitWidth() / 8];
            // ONNX Runtime computes integer powers in floating point.
            if (op is "Mul" or "Div") bytes[0] = 1;
            else if (op is not ("Add" or "Sub")) return null;
            return bytes;
        }
        var one = op is "Mul" or "Div" or "Pow";
        if (!one && op is not ("Add" or "Sub")) return null;
        var negative = op == "Add";
        return element switch
        {
            ElementType.Float => BitConverter.GetBytes(one ? 1f : negative ? -0f : 0f),
            ElementType.Double => BitConverter.GetBytes(one ? 1d : negative ? -0d : 0d),
            ElementType.Float16 => BitConverter.GetBytes(one ? (Half)1 : negative ? Half.NegativeZero : Half.Zero),
            ElementType.BFloat16 => one ? [0x80, 0x3F] : [0, (byte)(negative ? 0x80 : 0)],
            _ => null,
        };
    }

    static bool IsAll(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> unit)
    {
        for (var i = 0; i < bytes.Length; i += unit.Length)
            if (!bytes.Slice(i, unit.Length).SequenceEqual(unit)) return false;
        return true;
    }

    static bool Keeps(TensorData data, Shape? shape)
    {
        if (data.Dims.IsEmpty) return true;
        if (shape is null || data.Dims.Length > shape.Rank) return false;
        for (var i = 1; i <= data.Dims.Length; i++)
        {
            var dim = shape[shape.Rank - i];
            if (data.Dims[^i] != 1 && !(dim.IsFixed && dim.Extent == data.Dims[^i])) return false;
        }
        return true;
    }
}
