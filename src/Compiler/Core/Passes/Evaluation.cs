using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>Outcome of evaluating one value: data, or the reason why there is none.</summary>
public readonly record struct Evaluation(TensorData? Data, string? Failure)
{
    public static Evaluation Ok(TensorData data) => new(data, null);

    public static Evaluation Failed(string reason) => new(null, reason);
}
