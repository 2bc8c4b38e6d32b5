using Onnxc.IR;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// <c>Conv(x, W, b)·c -> Conv(x, c·W, c·b)</c> and <c>Conv(x, W, b) + c -> Conv(x, W, b + c)</c>, likewise for quotients and differences, for
/// constants with one value for each output channel, and for <c>ConvTranspose</c> and <c>Gemm</c>. Rounded once to the type of the weights.
/// </summary>
[Pass("fuse-scale-into-conv", "Conv(x, W, b)·c -> Conv(x, c·W, c·b); Conv(x, W, b) + c -> Conv(x, W, b + c)", Numerics = Numerics.Rounding)]
public sealed class FuseScaleIntoConv : RewriteRule
{
    static readonly Var X = Any();
    static readonly ConstantPattern W = Constant();
    static readonly ConstantPattern B = Constant();
    static readonly OpPattern Product = Op(["Conv", "ConvTranspose", "Gemm"], X, W, Optional(B));
    static readonly ConstantPattern C = Constant();
    static readonly OpPattern Scale = Op(["Add", "Div", "Mul", "Sub"], Product, C).Commutative();

    public override OpPattern Root => Scale;

    /// <summary>Before version 7 broadcasting had to be asked for.</summary>
    public override Range Opsets => 7..;

    public override Rewrite Apply(Match m)
    {
        var (product, scale, weights) = (m[Product], m[Scale], m.Constant(W));
        if (m.Constant(C).Element != weights.Element) return m.Decline("the types differ");
        if (ProductWeights.Read(product, weights, m.Find(B)?.Constant) is not { } read) return m.Decline(Product, ProductWeights.Reason);
        if (ChannelWeights.PerChannel(m.Constant(C), read.Rank, 1, read.Channels) is not { } values)
            return m.Decline("the constant does not have one value for each channel");
        var constantFirst = ReferenceEquals(scale.Input(0), m[C]);
        if (constantFirst && scale.Op.Is("Div")) return m.Decline("the constant is divided, not the product");

        var factor = Array.ConvertAll(values, v => Factor(scale.Op.Name, v, constantFirst));
        var bias = new double[read.Channels];
        for (var i = 0; i < bias.Length; i++) bias[i] = (read.Bias?[i] ?? 0) * factor[i] + Term(scale.Op.Name, values[i], constantFirst);
        var keepsWeights = Array.TrueForAll(factor, f => f == 1);
        // Scaled weights beside the old ones would make the model larger.
        if (!keepsWeights && m[W].UseCount > 1) return m.Decline(Product, "the weights are used elsewhere");
        var newWeights = keepsWeights ? weights : FloatingTensor.Write(weights.Element, weights.Dims, ChannelWeights.Scaled(weights, factor, read.Layout));
        if (newWeights is null || FloatingTensor.Write(weights.Element, [read.Channels], bias) is not { } newBias)
            return m.Decline("a combined weight is not finite");

        var needsBias = read.Bias is not null || scale.Op.Name is "Add" or "Sub";
        return m.Replace(b =>
        {
            var w = keepsWeights ? m[W] : b.Constant(newWeights);
            Value?[] inputs = needsBias ? [m[X], w, b.Constant(newBias)] : [m[X], w];
            return b.Node(product.Op, inputs, 1, [.. product.Attributes.Select(a => (a.Key, a.Value))]).Output;
        }, namedAfter: Product);
    }

    static double Factor(string op, double value, bool constantFirst) => op switch
    {
        "Mul" => value,
        "Div" => 1 / value,
        "Sub" when constantFirst => -1,
        _ => 1,
    };

    static double Term(string op, double value, bool constantFirst) => op switch
    {
        "Add" => value,
        "Sub" => constantFirst ? value : -value,
        _ => 0,
    };
}
