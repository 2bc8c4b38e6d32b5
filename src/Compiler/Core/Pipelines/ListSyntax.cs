namespace Onnxc.Pipelines;

/// <summary>A list in brackets.</summary>
public sealed record ListSyntax(IReadOnlyList<ValueSyntax> Items, SourceSpan Span) : ValueSyntax(Span);
