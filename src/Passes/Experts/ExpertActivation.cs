namespace Onnxc.Passes.Experts;

/// <summary>The function between the two layers of an expert.</summary>
enum ExpertActivation
{
    Identity,
    Relu,
    Elu,
    Tanh,
    Gelu,
    GeluTanh,
    Silu,

    /// <summary>Gated: <c>min(g, limit)·σ(alpha·min(g, limit))·(clip(u, ±limit) + beta)</c>, as in gpt-oss.</summary>
    Swiglu,
}
