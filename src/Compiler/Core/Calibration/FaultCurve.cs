namespace Onnxc.Calibration;

/// <summary>Accuracy against fault rate.</summary>
public static class FaultCurve
{
    /// <summary>
    /// Area under the curve over equally spaced places <c>1/n … 1</c>, whatever the rates, as FT-ClipAct's code has it: close to logarithmic, in the
    /// unit of the accuracies. The points of one curve must be the rates of the other, for areas to be compared.
    /// </summary>
    public static double Area(IReadOnlyList<double> accuracies)
    {
        var area = 0.0;
        for (var i = 1; i < accuracies.Count; i++) area += (accuracies[i - 1] + accuracies[i]) / 2;
        return area / Math.Max(1, accuracies.Count);
    }
}
