using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Compilation;

/// <summary>
/// Shows that no fusion of ONNX Runtime is lost: a rewrite that hides a pattern from it would make the model slower. Both models are optimised by
/// ONNX Runtime, the original while the passes run, and what comes out is counted.
/// </summary>
sealed class FusionCheck : IDisposable
{
    // ONNX Runtime's optimizer takes more than linear time; and the model as it optimised it has to be written.
    const int MostNodes = 5_000;
    const long MostBytes = 1L << 28;

    readonly string? reason;
    readonly Task<Result<FusionCensus>> original;

    /// <summary>Begins to count the original, a model before any pass, in the file <paramref name="path"/>.</summary>
    public FusionCheck(string path, Model model)
    {
        reason = model.AllNodes().Skip(MostNodes).Any() ? FormattableString.Invariant($"the model has more than {MostNodes} nodes")
            : ModelSummary.BytesOf(model) > MostBytes ? FormattableString.Invariant($"the model has more than {MostBytes} bytes")
            : RuntimeHazards.Find(model) ?? RunCost.Exceeds(model);
        original = reason is null ? Task.Run(() => FusionCensus.Of(path)) : Task.FromResult(Result<FusionCensus>.Fail([]));
    }

    /// <summary>Begins to compare a result with the original.</summary>
    public Task<FusionReport> Start(StagedModel staged) =>
        reason is not null ? Task.FromResult(new FusionReport(reason, null, null, [])) : Task.Run(() => Compare(staged));

    FusionReport Compare(StagedModel staged)
    {
        var after = FusionCensus.Of(staged.Path);
        var before = original.GetAwaiter().GetResult();
        if (!before.IsOk) return new(before.Diagnostics[0].Message, null, null, []);
        if (!after.IsOk) return new(after.Diagnostics[0].Message, null, null, []);
        return new(null, before.Value, after.Value, before.Value.LostIn(after.Value));
    }

    /// <summary>Waits for what was begun: it holds files open.</summary>
    public void Dispose() => original.GetAwaiter().GetResult();
}
