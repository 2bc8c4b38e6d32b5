using System.Collections.Immutable;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Passes.Tokens;

/// <summary>Copies of a model whose tokens are merged in one way or another, and how far they are from the model as it was.</summary>
sealed class MergeTrials(Model model, PassContext cx, IModelMeter meter)
{
    readonly byte[] bytes = ModelWriter.ToBytes(model);

    /// <summary>The model as it was.</summary>
    public Model Reference => field ??= ModelReader.Read(bytes).OrThrow();

    /// <summary>Runs the model as it was; returns why it does not run, or null.</summary>
    public Diagnostic? Prepare() => meter.Prepare(Reference);

    /// <summary>A merged copy. Weights of PYRA come from <paramref name="modulation"/>.</summary>
    public Model Merge(MergeTokens.Options options, Func<BlockChain, ImmutableArray<long>> pairs, Func<TransformerBlock, int, long, Modulation?>? modulation = null)
    {
        var copy = ModelReader.Read(bytes).OrThrow();
        var trial = cx.ForTrial(cx.Selects, null, _ => { });
        TokenMerging.Prepare(copy, trial);
        new TokenMerging(options, trial) { Pairs = pairs, Modulation = modulation ?? ((_, _, _) => null) }.Run(copy);
        return copy;
    }

    /// <summary>How far a copy deviates on so many samples; null when it does not run.</summary>
    public Deviation? Measure(Model copy, int samples) => meter.Measure(Reference, copy, samples).Value;

    /// <summary>The divergence of a copy; not a number where there are no data to tell.</summary>
    public double Divergence(Model copy, int samples) => Measure(copy, samples) is { } d && (d.Drop ?? d.Error) is not null ? d.Divergence : double.NaN;
}
