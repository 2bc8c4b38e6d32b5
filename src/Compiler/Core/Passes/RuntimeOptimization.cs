using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>
/// What the runtime makes of a model: <paramref name="Model"/>, whose values have the names of those of the original that they equal, and the nodes
/// in it that stand for fused patterns. Both are empty where <paramref name="Failure"/> says why there is nothing.
/// </summary>
public sealed record RuntimeOptimization(Model? Model, IReadOnlyList<Node> Fused, string? Failure)
{
    public static RuntimeOptimization Failed(string reason) => new(null, [], reason);
}
