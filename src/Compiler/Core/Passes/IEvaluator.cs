using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>Computes values of constant expressions. Implemented by the runtime engine.</summary>
public interface IEvaluator
{
    /// <summary>
    /// Values of <paramref name="outputs"/>, all of one graph and all computed from constants only. An entry is null when it could not be
    /// computed or has more than <paramref name="maxElements"/> elements; the reason stands in its <c>Failure</c>.
    /// </summary>
    IReadOnlyList<Evaluation> Evaluate(IReadOnlyList<Value> outputs, long maxElements);
}
