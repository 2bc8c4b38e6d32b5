namespace Onnxc.Pipelines;

/// <summary>What stands behind <c>where</c>: conditions on a node, joined by <c>or</c>, <c>and</c> and <c>not</c>.</summary>
public abstract record PredicateSyntax
{
    public sealed override string ToString() => PipelinePrinter.Print(this);
}
