using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Calibration;

/// <summary>Shows what values of a model are on the user's data. Implemented by the runtime engine; null where there are no data.</summary>
public interface ICalibrator
{
    /// <summary>
    /// Statistics of <paramref name="values"/>, which belong to the main graph of <paramref name="model"/>, over all samples. A value that holds
    /// no numbers is left out. Fails when a sample cannot be run.
    /// </summary>
    Result<IReadOnlyDictionary<Value, ValueStatistics>> Observe(Model model, IReadOnlyList<Observation> values);

    /// <summary>
    /// The mean of x·xᵀ over the rows along the last axis of every value, [K, K] row major in double precision, over all samples. Fails when the
    /// samples cannot be run, or only a table of statistics is at hand.
    /// </summary>
    Result<IReadOnlyDictionary<Value, double[]>> SecondMoments(Model model, IReadOnlyList<Value> values);

    /// <summary>
    /// Rows along the last axis of every value, at most <paramref name="most"/> of each, spread evenly over samples and over the rows of a sample, so
    /// many neighbours together as <paramref name="run"/> says: values of the same leading extents show the same rows. Fails as <see cref="SecondMoments"/> does.
    /// </summary>
    Result<IReadOnlyDictionary<Value, float[]>> Rows(Model model, IReadOnlyList<Value> values, int most, int run = 1);
}
