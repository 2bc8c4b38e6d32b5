using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Calibration;

/// <summary>
/// Measures on the user's data what a model still decides right when bits of its weights flip, for one bound of its activations after the other.
/// Implemented by the runtime engine.
/// </summary>
public interface IResilienceMeter
{
    /// <summary>
    /// Takes <paramref name="reference"/> as the model whose decisions count, where the data have no labels. Returns what went wrong, or null.
    /// </summary>
    /// <param name="needsLabels">Whether data without labels are refused.</param>
    Diagnostic? Begin(Model reference, bool needsLabels);

    /// <summary>Accuracy of the reference without faults, or 1 without labels.</summary>
    double Baseline { get; }

    /// <summary>The range of every element of <paramref name="value"/>, which belongs to the main graph and has samples along its first axis.</summary>
    Result<ElementBounds> Elements(Model model, Value value);

    /// <summary>
    /// Shares of decisions that are right, for each of <paramref name="candidates"/> in the place of <paramref name="bound"/>, an initializer of the
    /// main graph: without faults first, then the mean at each rate of <paramref name="plan"/>. All candidates suffer the same faults.
    /// </summary>
    Result<IReadOnlyList<double[]>> Try(Model model, Value bound, IReadOnlyList<TensorData> candidates, FaultPlan plan);

    /// <summary>What all trials since <see cref="Begin"/> have cost.</summary>
    SearchCost Cost { get; }
}
