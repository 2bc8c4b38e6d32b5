using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>Two layers with a function between them, gated or not: one expert, or all of them where the weights are stacks.</summary>
sealed record ExpertNetwork(ExpertForm Form, Value Input, LinearMap? Gate, LinearMap Up, LinearMap Down)
{
    /// <summary>The network that makes <paramref name="value"/>, or why there is none.</summary>
    public static (ExpertNetwork? Network, string? Reason) Of(Value value)
    {
        if (LinearMap.Of(value) is not { } down) return (null, "the experts do not end in a product with constant weights");
        var hidden = down.Input;
        if (Gated(hidden, down) is { } gated) return (gated, null);
        return Before(hidden) is var (activation, up) ? (new(new(activation, false), up.Input, null, up, down), null) : (null, "the function between the layers of an expert is not known: run `@recognize` before");
    }

    /// <summary>The function and the layer that make a hidden value.</summary>
    public static (ExpertActivation Activation, LinearMap Up)? Before(Value hidden) =>
        Activated(hidden) is var (activation, before) ? LinearMap.Of(before) is { } up ? (activation, up) : null
            : LinearMap.Of(hidden) is { } first ? (ExpertActivation.Identity, first) : null;

    static ExpertNetwork? Gated(Value hidden, LinearMap down)
    {
        if (hidden.Producer is not { } node || !node.Op.Is("Mul")) return null;
        return Gated(node.Input(0), node.Input(1), down) ?? Gated(node.Input(1), node.Input(0), down);
    }

    static ExpertNetwork? Gated(Value? active, Value? other, LinearMap down)
    {
        if (active is null || other is null) return null;
        if (Activated(active) is var (activation, before) && LinearMap.Of(before) is { } gate && LinearMap.Of(other) is { } up && ReferenceEquals(gate.Input, up.Input) && gate.Outputs == up.Outputs)
            return new(new(activation, true), up.Input, gate, up, down);
        return Swiglu(active, other, down);
    }

    // min(g, limit)·σ(alpha·min(g, limit)) times clip(u, ±limit) + beta.
    static ExpertNetwork? Swiglu(Value active, Value other, LinearMap down)
    {
        if (active.Producer is not { } product || !product.Op.Is("Mul")) return null;
        for (var slot = 0; slot < 2; slot++)
        {
            if (product.Input(1 - slot)?.Producer is not { } sigmoid || !sigmoid.Op.Is("Sigmoid") || product.Input(slot) is not { } clippedGate || sigmoid.Input(0) is not { } argument) continue;
            var alpha = ReferenceEquals(argument, clippedGate) ? 1 : Scaled(argument, "Mul", clippedGate);
            if (alpha is null) continue;
            var (shifted, beta) = Shifted(other);
            var (gateValue, gateLow, gateHigh) = Clipped(clippedGate);
            var (upValue, upLow, upHigh) = Clipped(shifted);
            if (!float.IsNegativeInfinity(gateLow) || gateHigh != upHigh || upLow != -upHigh) continue;
            if (LinearMap.Of(gateValue) is { } gate && LinearMap.Of(upValue) is { } up && ReferenceEquals(gate.Input, up.Input) && gate.Outputs == up.Outputs)
                return new(new(ExpertActivation.Swiglu, true, alpha.Value, beta, gateHigh), up.Input, gate, up, down);
        }
        return null;
    }

    static (Value Value, float Beta) Shifted(Value value) =>
        value.Producer is { } add && add.Op.Is("Add") && Array.Find([0, 1], s => Number(add.Input(s)) is not null) is var slot && Number(add.Input(slot)) is { } beta && add.Input(1 - slot) is { } inner ? (inner, beta) : (value, 0);

    static float? Scaled(Value value, string op, Value factor) =>
        value.Producer is { } node && node.Op.Is(op)
            ? ReferenceEquals(node.Input(0), factor) ? Number(node.Input(1)) : ReferenceEquals(node.Input(1), factor) ? Number(node.Input(0)) : null
            : null;

    static (Value Value, float Low, float High) Clipped(Value value)
    {
        var (low, high) = (float.NegativeInfinity, float.PositiveInfinity);
        while (value.Producer is { } node && node.Input(0) is { } inner)
        {
            if (node.Op.Is("Min") && node.InputCount == 2 && Number(node.Input(1)) is { } most) high = Math.Min(high, most);
            else if (node.Op.Is("Max") && node.InputCount == 2 && Number(node.Input(1)) is { } least) low = Math.Max(low, least);
            else if (node.Op.Is("Clip") && Bound(node.Input(1)) is { } from && Bound(node.Input(2), float.PositiveInfinity) is { } to) (low, high) = (Math.Max(low, from), Math.Min(high, to));
            else break;
            value = inner;
        }
        return (value, low, high);
    }

    // A bound that is left out, or that no number of the type exceeds, is none.
    static float? Bound(Value? value, float missing = float.NegativeInfinity) => value is null ? missing : Number(value) is { } number ? Math.Abs(number) >= float.MaxValue ? missing : number : null;

    static float? Number(Value? value) =>
        value?.Constant is { ElementCount: 1 } data && ExpertTensor.IsSupported(data) ? (float)Fuse.FloatingTensor.Read(data)[0] : null;

    static (ExpertActivation, Value)? Activated(Value value)
    {
        if (value.Producer is not { } node || node.Input(0) is not { } x) return null;
        if (node.Op.Is("Mul")) return Silu(node);
        if (node.Op.Domain == "com.microsoft")
        {
            return node.Op.Name switch
            {
                "Gelu" => (ExpertActivation.Gelu, x),
                "FastGelu" when node.Input(1) is null => (ExpertActivation.GeluTanh, x),
                "QuickGelu" when node.Attributes.Float("alpha", 1.702f) == 1 => (ExpertActivation.Silu, x),
                _ => null,
            };
        }
        if (!node.Op.IsStandard) return null;
        return node.Op.Name switch
        {
            "Relu" => (ExpertActivation.Relu, x),
            "Tanh" => (ExpertActivation.Tanh, x),
            "Elu" when node.Attributes.Float("alpha", 1) == 1 => (ExpertActivation.Elu, x),
            "Swish" when node.Attributes.Float("alpha", 1) == 1 => (ExpertActivation.Silu, x),
            "Gelu" => (node.Attributes.Text("approximate") == "tanh" ? ExpertActivation.GeluTanh : ExpertActivation.Gelu, x),
            _ => null,
        };
    }

    static (ExpertActivation, Value)? Silu(Node node)
    {
        for (var slot = 0; slot < 2; slot++)
            if (node.Input(slot) is { } x && node.Input(1 - slot)?.Producer is { } sigmoid && sigmoid.Op.Is("Sigmoid") && ReferenceEquals(sigmoid.Input(0), x)) return (ExpertActivation.Silu, x);
        return null;
    }
}
