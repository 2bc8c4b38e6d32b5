namespace Onnxc.Diagnostics;

/// <summary>
/// A kind of diagnostic. Ids are never reused. <paramref name="Message"/> is a composite format: lower case, names in backticks, no full
/// stop; <paramref name="Explanation"/> is what <c>onnxc explain</c> prints: what triggers it, and what to do.
/// </summary>
public sealed record Descriptor(string Id, Severity Severity, string Message, string Explanation);
