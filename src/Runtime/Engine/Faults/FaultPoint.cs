using Onnxc.Calibration;

namespace Onnxc.Runtime;

/// <summary>
/// What trials at one rate came to. <paramref name="Accuracy"/>: share of right decisions, null without labels; <paramref name="Corruption"/>: share of
/// decisions that are not those of the model without faults; <paramref name="Hits"/>: bits hit on average.
/// </summary>
public sealed record FaultPoint(double Rate, int Trials, ConfidenceInterval? Accuracy, ConfidenceInterval Corruption, double Hits)
{
    /// <summary>Accuracy, or without labels agreement with the model without faults.</summary>
    public ConfidenceInterval Kept => Accuracy ?? new(1 - Corruption.Mean, Corruption.HalfWidth);
}
