namespace Onnxc.Pipelines;

/// <summary>True when the term is not.</summary>
public sealed record NotSyntax(PredicateSyntax Term) : PredicateSyntax;
