using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Calibration;

/// <summary>Measures on the user's data what an approximate change costs and gains. Implemented by the runtime engine.</summary>
public interface IModelMeter
{
    /// <summary>Runs the model that others will be measured against. Returns why it does not run, or null.</summary>
    Diagnostic? Prepare(Model reference);

    /// <summary>
    /// How far the outputs of <paramref name="candidate"/> are from those of <paramref name="reference"/>. <paramref name="samples"/>: at most
    /// so many. Fails when one of them cannot be run.
    /// </summary>
    Result<Deviation> Measure(Model reference, Model candidate, int samples = int.MaxValue);

    /// <summary>How fast <paramref name="candidate"/> runs against <paramref name="reference"/>, measured in turns on the first samples, so many at once as the model takes.</summary>
    Result<Speed> Compare(Model reference, Model candidate, int samples = 1);
}
