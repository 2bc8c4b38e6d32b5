namespace Onnxc.Pipelines;

/// <summary>
/// A step that can run. <paramref name="SourceText"/> is its canonical text; <paramref name="Origin"/> the built-in pipeline it comes from,
/// null when the user wrote it.
/// </summary>
public abstract record BoundStep(string SourceText, string? Origin);
