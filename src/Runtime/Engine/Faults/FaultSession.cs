using System.Collections.Immutable;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>
/// An open session whose weights can be struck between two runs. Not for several threads at once; every worker has one of its own.
/// </summary>
sealed class FaultSession : IFaultySession
{
    readonly OrtModel model;
    readonly List<PreparedRun> runs = [];

    FaultSession(OrtModel model, FaultMemory memory, IReadOnlyList<FaultSite> sites) => (this.model, Memory, Sites) = (model, memory, sites);

    public FaultMemory Memory { get; }

    public IReadOnlyList<FaultSite> Sites { get; }

    /// <summary>Opens <paramref name="pinned"/>; <see cref="Feed"/> it before it decides.</summary>
    public static Result<FaultSession> Open(PinnedModel pinned)
    {
        var memory = new FaultMemory(pinned.Weights, pinned.Layout.Weights);
        // What was optimised already is taken as it is, and weights are read where they lie.
        var settings = SessionSettings.Unoptimized.With("session.disable_prepacking", "1").WithKernels() with
        {
            Weights = SessionSettings.Default.Weights.AddRange(pinned.Layout.Weights.Select((w, i) => KeyValuePair.Create(w.Name, memory[i]))),
        };
        var loaded = OrtModel.Load(pinned.Layout.Model, settings);
        if (loaded.IsOk) return Result<FaultSession>.Ok(new(loaded.Value, memory, pinned.Weights));
        memory.Dispose();
        return Result<FaultSession>.Fail(loaded.Diagnostics);
    }

    public ImmutableArray<ModelPort> Inputs => model.Inputs;

    public ImmutableArray<ModelPort> Outputs => model.Outputs;

    public Result<HashSet<int>> Live() => WeightProbe.Live(this, Sites.Count);

    public long Strike(FaultModel model, IReadOnlyList<int> targets, double rate, ulong seed, int trial) => Memory.Strike(model, targets, rate, seed, trial);

    public void Heal() => Memory.Heal();

    /// <summary>Takes over the inputs of all runs to come. Returns what went wrong, or null.</summary>
    public Diagnostic? Feed(IEnumerable<IReadOnlyDictionary<string, RuntimeValue>> inputs, IReadOnlyList<string> outputs)
    {
        Forget();
        foreach (var input in inputs)
        {
            var prepared = model.Prepare(input, outputs);
            if (!prepared.IsOk) return prepared.Diagnostics[0];
            runs.Add(prepared.Value);
        }
        return null;
    }

    public Diagnostic? Decide(List<int> decided)
    {
        decided.Clear();
        foreach (var run in runs)
        {
            if (run.Execute() is { } failure) return failure;
            if (!run.View(0, (element, dims, bytes) => Decisions.Read(element, dims, bytes, decided))) return Decisions.NoScores();
        }
        return null;
    }

    /// <summary>A hash of what the first run gives now.</summary>
    public Result<byte[]> Fingerprint()
    {
        if (runs[0].Execute() is { } failure) return Result<byte[]>.Fail(failure);
        byte[] hash = [];
        runs[0].View(0, (_, _, bytes) => hash = WeightProbe.Hash(bytes));
        return Result<byte[]>.Ok(hash);
    }

    /// <summary>Runs everything and copies all outputs out.</summary>
    public Result<IReadOnlyList<IReadOnlyDictionary<string, RuntimeValue>>> Compute()
    {
        var all = new List<IReadOnlyDictionary<string, RuntimeValue>>();
        foreach (var run in runs)
        {
            if (run.Execute() is { } failure) return Result<IReadOnlyList<IReadOnlyDictionary<string, RuntimeValue>>>.Fail(failure);
            var read = run.Read();
            if (!read.IsOk) return Result<IReadOnlyList<IReadOnlyDictionary<string, RuntimeValue>>>.Fail(read.Diagnostics);
            all.Add(read.Value);
        }
        return Result<IReadOnlyList<IReadOnlyDictionary<string, RuntimeValue>>>.Ok(all);
    }

    /// <summary>Releases the inputs of <see cref="Feed"/>.</summary>
    public void Forget()
    {
        foreach (var run in runs) run.Dispose();
        runs.Clear();
    }

    public void Dispose()
    {
        Forget();
        model.Dispose();
        Memory.Dispose();
    }
}
