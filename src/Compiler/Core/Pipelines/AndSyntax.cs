namespace Onnxc.Pipelines;

/// <summary>True when each of two or more terms is.</summary>
public sealed record AndSyntax(IReadOnlyList<PredicateSyntax> Terms) : PredicateSyntax;
