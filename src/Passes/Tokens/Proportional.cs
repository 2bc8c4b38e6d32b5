namespace Onnxc.Passes.Tokens;

/// <summary>Whether attention counts a token as often as the tokens that it stands for.</summary>
public enum Proportional
{
    /// <summary>On, unless data show that the model is better without: some that were trained with masks are.</summary>
    Auto,
    On,
    Off,
}
