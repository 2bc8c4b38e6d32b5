namespace Onnxc.Runtime;

/// <summary>Time of a node as ONNX Runtime runs it, which may be one that it fused.</summary>
/// <param name="Name">Of the node.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Milliseconds">Median over the runs.</param>
public sealed record NodeTime(string Name, string Op, double Milliseconds);
