namespace Onnxc.Pipelines;

/// <summary>A bare name: an enumeration's member, <c>true</c>, an operator.</summary>
public sealed record NameSyntax(string Text, SourceSpan Span) : ValueSyntax(Span);
