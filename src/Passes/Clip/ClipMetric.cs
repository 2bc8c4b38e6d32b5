namespace Onnxc.Passes.Clip;

/// <summary>What a search keeps.</summary>
public enum ClipMetric
{
    /// <summary>Accuracy where the data have labels, agreement with the model before the step where not.</summary>
    Auto,
    Accuracy,
}
