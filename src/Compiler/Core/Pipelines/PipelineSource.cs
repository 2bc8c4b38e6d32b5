using Onnxc.Diagnostics;

namespace Onnxc.Pipelines;

/// <summary>Text of a pipeline and the file it came from; null for the command line and for built-in pipelines.</summary>
public sealed record PipelineSource(string Text, string? File)
{
    public TextLocation At(SourceSpan span) => TextLocation.At(Text, span.Start, span.Length, File ?? "<pipeline>");
}
