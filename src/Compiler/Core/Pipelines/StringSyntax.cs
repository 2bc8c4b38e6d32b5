namespace Onnxc.Pipelines;

/// <summary>A string in double quotes, escapes resolved.</summary>
public sealed record StringSyntax(string Text, SourceSpan Span) : ValueSyntax(Span);
