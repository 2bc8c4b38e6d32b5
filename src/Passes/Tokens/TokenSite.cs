using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>A node that has to know how many tokens there are, or how many each one stands for.</summary>
abstract record TokenSite(Node Node)
{
    /// <summary>A <c>Reshape</c> or <c>Expand</c> whose target is made anew for the layout of its output.</summary>
    public sealed record Target(Node Node, TokenLayout Layout) : TokenSite(Node);

    /// <summary>A constant that is the same for all tokens of an axis, so that one entry will do.</summary>
    public sealed record Uniform(Node Node, int Slot, int Axis) : TokenSite(Node);

    /// <summary>A softmax over tokens: each one counts as often as the tokens that it stands for.</summary>
    public sealed record Weights(Node Node, TokenLayout Layout, int Axis) : TokenSite(Node);

    /// <summary>A value made of a mask, which is one number for real tokens and another for padding.</summary>
    public sealed record Mask(Node Node, int Slot, TokenLayout Layout, int Axis, double Real, double Padding) : TokenSite(Node);

    /// <summary>A shape that tells the number of tokens, which something else than a target of theirs may ask for.</summary>
    public sealed record Extents(Node Node, TokenLayout Layout) : TokenSite(Node);

    /// <summary>A mean or sum over tokens, likewise.</summary>
    public sealed record Pool(Node Node, TokenLayout Layout, int Axis) : TokenSite(Node);
}
