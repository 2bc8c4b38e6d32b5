namespace Onnxc.Passes.Clip;

/// <summary>What becomes of a number beyond its bound.</summary>
public enum ClipMode
{
    /// <summary>The method's own: the bound for <c>range</c>, 0 for the others.</summary>
    Auto,
    Zero,
    Saturate,
}
