namespace Onnxc.Pipelines;

/// <summary>An option of a step. Without a value it stands for <c>true</c>.</summary>
public sealed record OptionSyntax(string Name, SourceSpan NameSpan, ValueSyntax? Value)
{
    public override string ToString() => PipelinePrinter.Print(this);
}
