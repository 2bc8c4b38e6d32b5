namespace Onnxc.Pipelines;

/// <summary>
/// One condition on a node, such as <c>params &gt; 1M</c>. <paramref name="Operand"/> is a list exactly when
/// <paramref name="Comparison"/> is <see cref="Comparison.In"/>.
/// </summary>
public sealed record ConditionSyntax(Subject Subject, Comparison Comparison, ValueSyntax Operand, SourceSpan SubjectSpan) : PredicateSyntax;
