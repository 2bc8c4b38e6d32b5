namespace Onnxc.Passes.Activations;

/// <summary>What a fit starts from; only what is left beyond it is fitted.</summary>
public enum ActivationBase
{
    /// <summary>The two lines that the function comes to.</summary>
    Asymptotes,

    /// <summary><c>x·sigmoid(x)</c></summary>
    Silu,

    /// <summary><c>x·sigmoid(1.702·x)</c></summary>
    QuickGelu,
}
