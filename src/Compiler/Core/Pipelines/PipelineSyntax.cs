namespace Onnxc.Pipelines;

/// <summary>A pipeline as written. <see cref="object.ToString"/> prints the canonical text, which parses to the same tree.</summary>
public sealed record PipelineSyntax(IReadOnlyList<StepSyntax> Steps, PipelineSource Source)
{
    public override string ToString() => PipelinePrinter.Print(Steps);
}
