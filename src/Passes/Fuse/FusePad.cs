using Onnxc.IR;
using Onnxc.Passes.Simplify;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// <c>Conv(Pad(x, p), pads = q) -> Conv(x, pads = p + q)</c> for zeros around the spatial axes, and the same for an <c>AveragePool</c> that
/// counts them. Not exact: ONNX Runtime has kernels of their own for small pads, which sum in another order.
/// </summary>
[Pass("fuse-pad", "Conv(Pad(x, p), pads = q) -> Conv(x, pads = p + q)", Numerics = Numerics.Rounding)]
public sealed class FusePad : RewriteRule
{
    static readonly Var X = Any();
    static readonly OpPattern Pad = Op("Pad", X).Variadic();
    static readonly OpPattern User = Op(["AveragePool", "Conv"], Pad).Variadic();

    public override OpPattern Root => User;

    /// <summary>Before version 11 the amounts were attributes.</summary>
    public override Range Opsets => 11..;

    public override Rewrite Apply(Match m)
    {
        var user = m[User];
        if (PadAmounts.Of(m[Pad]) is not { } pad) return m.Decline(Pad, "the amounts are not known for every axis");
        if (!pad.FillsWithZeros) return m.Decline(Pad, "it does not fill with zeros");
        var rank = pad.Amounts.Length / 2;
        if (rank < 3 || Array.Exists(pad.Amounts, a => a is < 0 or > int.MaxValue)) return m.Decline(Pad, "it crops, or there are no spatial axes");
        if (pad.Amounts[0] != 0 || pad.Amounts[1] != 0 || pad.Amounts[rank] != 0 || pad.Amounts[rank + 1] != 0)
            return m.Decline(Pad, "it pads batch or channels");
        if (user.Attributes.Any(a => a.Value is ReferenceAttribute)) return m.Decline("an attribute is a parameter of the function");
        var auto = user.Attributes.Text("auto_pad") ?? "NOTSET";
        if (auto is not ("NOTSET" or "VALID")) return m.Decline("`auto_pad` depends on the extents");

        var spatial = rank - 2;
        var old = auto == "NOTSET" ? user.Attributes.Ints("pads") ?? [.. new long[2 * spatial]] : [.. new long[2 * spatial]];
        if (old.Length != 2 * spatial) return m.Decline("the pads are for another rank");
        var pools = user.Op.Is("AveragePool");
        if (pools && user.Attributes.Int("ceil_mode", 0) != 0) return m.Decline("windows may reach beyond the pads");
        if (pools && user.Attributes.Int("count_include_pad", 0) == 0 && old.Any(p => p != 0)) return m.Decline("some pads count and some do not");
        // ONNX Runtime refuses pads as large as the window.
        if (pools && !FitsWindow(user, pad.Amounts, old, spatial)) return m.Decline("the pads are as large as the window");

        var pads = new long[2 * spatial];
        for (var i = 0; i < spatial; i++)
        {
            pads[i] = old[i] + pad.Amounts[2 + i];
            pads[spatial + i] = old[spatial + i] + pad.Amounts[rank + 2 + i];
        }
        var attributes = user.Attributes.Where(a => a.Key is not ("auto_pad" or "pads" or "count_include_pad"))
            .Select(a => (a.Key, a.Value)).Append(("pads", pads));
        if (pools) attributes = attributes.Append(("count_include_pad", 1L));
        return m.Replace(b => b.Node(user.Op, [m[X], .. user.Inputs.Skip(1)], 1, [.. attributes]).Output, namedAfter: User);
    }

    static bool FitsWindow(Node user, long[] amounts, IReadOnlyList<long> old, int spatial)
    {
        if (user.Attributes.Ints("kernel_shape") is not { } kernel || kernel.Length != spatial) return false;
        for (var i = 0; i < spatial; i++)
            if (old[i] + amounts[2 + i] >= kernel[i] || old[spatial + i] + amounts[spatial + 4 + i] >= kernel[i]) return false;
        return true;
    }
}
