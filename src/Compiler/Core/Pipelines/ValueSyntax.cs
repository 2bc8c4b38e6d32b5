namespace Onnxc.Pipelines;

/// <summary>A value of an option or of a condition.</summary>
public abstract record ValueSyntax(SourceSpan Span)
{
    public sealed override string ToString() => PipelinePrinter.Print(this);
}
