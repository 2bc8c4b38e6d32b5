namespace Onnxc.Pipelines;

/// <summary>True when one of two or more terms is.</summary>
public sealed record OrSyntax(IReadOnlyList<PredicateSyntax> Terms) : PredicateSyntax;
