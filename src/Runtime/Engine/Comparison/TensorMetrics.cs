namespace Onnxc.Runtime;

/// <summary>
/// How far a result is from its reference, over all samples. A NaN equals a NaN and an infinity itself; where only one side is finite the
/// error counts as <see cref="double.MaxValue"/>, so that reports stay valid JSON.
/// </summary>
/// <param name="Elements">Elements compared.</param>
/// <param name="Mismatches">Elements that are not equal.</param>
/// <param name="MaxError">Greatest absolute error.</param>
/// <param name="RelativeL2">Norm of the error over the norm of the reference.</param>
/// <param name="SqnrDb">Ratio of signal to error in dB; null when there is no error.</param>
/// <param name="Cosine">Cosine between result and reference; 1 when both are zero.</param>
/// <param name="Agreement">Share of rows along the last axis with the same greatest element; null for what is not a score.</param>
/// <param name="Scale">Greatest finite magnitude in the reference.</param>
/// <param name="IsExact">Same type, extents and bits.</param>
/// <param name="Problem">Why elements could not be compared (extents differ, say); null when they could.</param>
public sealed record TensorMetrics(long Elements, long Mismatches, double MaxError, double RelativeL2, double? SqnrDb, double Cosine,
    double? Agreement, double Scale, bool IsExact, string? Problem);
