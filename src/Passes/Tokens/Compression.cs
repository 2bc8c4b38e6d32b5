namespace Onnxc.Passes.Tokens;

/// <summary>A published schedule of merges.</summary>
public enum Compression
{
    None,
    Low,
    High,
}
