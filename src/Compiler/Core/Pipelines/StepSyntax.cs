namespace Onnxc.Pipelines;

/// <summary>
/// One step: a pass with options, a nested pipeline and a predicate, each optional; or, when <paramref name="IsReference"/>, the name of a
/// built-in pipeline, written <c>@name</c>, and nothing else.
/// </summary>
public sealed record StepSyntax(string Name, SourceSpan NameSpan, bool IsReference = false)
{
    public IReadOnlyList<OptionSyntax> Options { get; init; } = [];

    /// <summary>The nested pipeline; null when there is none.</summary>
    public IReadOnlyList<StepSyntax>? Body { get; init; }

    public PredicateSyntax? Where { get; init; }

    public override string ToString() => PipelinePrinter.Print([this]);
}
