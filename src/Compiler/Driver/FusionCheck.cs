using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Compilation;

/// <summary>
/// Shows that no fusion of ONNX Runtime is lost: a rewrite that hides a pattern from it would make the model slower. Both models are optimised by
/// ONNX Runtime, beside the other checks, and what comes out is counted.
/// </summary>
sealed class FusionCheck : IDisposable
{
    // ONNX Runtime's optimizer takes more than linear time; and the model as it optimised it has to be written.
    const int MostNodes = 5_000;
    const long MostBytes = 1L << 28;

    readonly string path;
    readonly string? reason;
    Task<Result<FusionCensus>>? original;

    /// <summary>For a model as it is before any pass, read from <paramref name="path"/>.</summary>
    public FusionCheck(string path, Model model, ModelSummary figures)
    {
        this.path = path;
        reason = figures.Nodes > MostNodes ? FormattableString.Invariant($"the model has more than {MostNodes} nodes")
            : figures.FileBytes > MostBytes ? FormattableString.Invariant($"the model has more than {MostBytes} bytes")
            : RuntimeHazards.Find(model);
    }

    /// <summary>False once the original is being counted, or when it will not be.</summary>
    public bool Waits => reason is null && original is null;

    /// <summary>Begins with the original, which takes as long as the passes do: for a model that will be checked and is known to be cheap to load.</summary>
    public void Anticipate()
    {
        if (reason is null) original ??= Task.Run(() => FusionCensus.Of(path));
    }

    /// <summary>Begins to compare a result, which is known to be cheap to load, with the original. Nothing may change <paramref name="result"/> meanwhile.</summary>
    public Task<FusionReport> Start(Model result, StagedModel staged)
    {
        if (reason is not null) return Task.FromResult(new FusionReport(reason, null, null, []));
        Anticipate();
        return Task.Run(() => Compare(result, staged, original!));
    }

    /// <summary>Waits: a process must not end while ONNX Runtime loads a model.</summary>
    public void Dispose() => original?.Wait();

    FusionReport Compare(Model result, StagedModel staged, Task<Result<FusionCensus>> original)
    {
        var before = original.GetAwaiter().GetResult();
        if (!before.IsOk) return new(before.Diagnostics[0].Message, null, null, []);
        // The optimizer of ONNX Runtime takes longer than most passes do together.
        if (ModelReader.Read(path).Value is { } unchanged && before.Value.IsIntact(unchanged, result)) return new(null, before.Value, null, []);
        var after = FusionCensus.Of(staged.Path);
        return after.IsOk ? new(null, before.Value, after.Value, before.Value.LostIn(after.Value)) : new(after.Diagnostics[0].Message, null, null, []);
    }
}
