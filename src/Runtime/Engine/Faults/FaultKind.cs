namespace Onnxc.Runtime;

/// <summary>What a fault does to its bit.</summary>
public enum FaultKind
{
    Flip,
    StuckAt0,
    StuckAt1,
}
