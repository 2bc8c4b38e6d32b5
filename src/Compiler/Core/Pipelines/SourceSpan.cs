namespace Onnxc.Pipelines;

/// <summary>A stretch of a pipeline's text, in characters.</summary>
public readonly record struct SourceSpan(int Start, int Length);
