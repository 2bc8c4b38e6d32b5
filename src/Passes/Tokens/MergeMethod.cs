namespace Onnxc.Passes.Tokens;

/// <summary>What becomes of tokens.</summary>
public enum MergeMethod
{
    /// <summary>Similar ones become their mean.</summary>
    Tome,

    /// <summary>The same, after weights that were trained or fitted modulate one of each pair.</summary>
    Pyra,

    /// <summary>Those that receive the least attention go.</summary>
    Drop,
}
