namespace Onnxc.Diagnostics;

public enum Severity
{
    Note,
    Warning,
    Error,
}
