namespace Onnxc.Calibration;

/// <summary>
/// What trials have cost. <paramref name="Tried"/>: a candidate under one pattern of faults, each a run of the whole model on all samples were it done
/// plainly; <paramref name="Equivalent"/>: how many such runs the time that was spent comes to.
/// </summary>
public readonly record struct SearchCost(long Tried, double Equivalent);
