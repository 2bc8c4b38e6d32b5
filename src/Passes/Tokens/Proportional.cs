namespace Onnxc.Passes.Tokens;

/// <summary>Whether attention counts a token as often as the tokens that it stands for.</summary>
public enum Proportional
{
    /// <summary>On, unless the head pools all tokens, as published.</summary>
    Auto,
    On,
    Off,
}
