namespace Onnxc.Runtime;

public enum Verdict
{
    WithinTolerance,
    Beyond,

    /// <summary>The reference differs from itself, since it draws random numbers.</summary>
    NotComparable,
}
