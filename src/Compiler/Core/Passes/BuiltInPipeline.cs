namespace Onnxc.Passes;

/// <summary>A pipeline with a name, used as <c>@name</c>.</summary>
public sealed record BuiltInPipeline(string Text, string Summary);
