namespace Onnxc.Diagnostics;

/// <summary>
/// Carries a diagnostic out of deep recursion to the entry point, which returns it as a value. Never leaves the library.
/// </summary>
public sealed class DiagnosticException(Diagnostic diagnostic) : Exception(diagnostic.ToString())
{
    public Diagnostic Diagnostic { get; } = diagnostic;
}
