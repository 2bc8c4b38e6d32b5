using System.Runtime.InteropServices;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>A chain of open sessions on its data; between two of them bits of the activations are hit. Every sample has memory of its own.</summary>
sealed class ActivationSession : IFaultySession
{
    readonly ActivationChain chain;
    readonly IReadOnlyList<OrtModel> models;
    readonly IReadOnlyList<Sample> samples;

    // Elements of each site in each run of the data.
    readonly Dictionary<(int Site, int Run), long> elements = [];
    readonly Dictionary<(int Site, int Run), List<(long Element, int Bit)>> hits = [];
    FaultModel faults = new();

    ActivationSession(ActivationChain chain, IReadOnlyList<OrtModel> models, IReadOnlyList<Sample> samples) => (this.chain, this.models, this.samples) = (chain, models, samples);

    public IReadOnlyList<FaultSite> Sites { get; private set; } = [];

    /// <summary>Opens all parts, and runs them once to see how large activations are.</summary>
    public static Result<IFaultySession> Open(ActivationChain chain, DataSet data, int batch, int limit)
    {
        var models = new List<OrtModel>();
        Diagnostic? failure = null;
        foreach (var part in chain.Parts)
        {
            var loaded = OrtModel.Load(part.Model, SessionSettings.Default.WithKernels());
            if (loaded.IsOk) models.Add(loaded.Value);
            else failure ??= loaded.Diagnostics[0];
        }
        // Ports of the original: other inputs are links.
        var made = chain.Parts.SelectMany(p => p.Outputs).ToHashSet(StringComparer.Ordinal);
        var inputs = models.SelectMany(m => m.Inputs).Where(i => !made.Contains(i.Name)).DistinctBy(i => i.Name, StringComparer.Ordinal).ToList();
        var session = new ActivationSession(chain, models, failure is null ? [.. data.Batches(inputs, batch, limit)] : []);
        failure ??= session.Decide([]);
        if (failure is not null)
        {
            session.Dispose();
            return Result<IFaultySession>.Fail(failure);
        }
        session.Sites = [.. chain.Sites.Select((s, i) => s with { ElementCount = session.elements.Where(e => e.Key.Site == i).Sum(e => e.Value) })];
        return Result<IFaultySession>.Ok(session);
    }

    public Result<HashSet<int>> Live() => Result<HashSet<int>>.Ok([.. Enumerable.Range(0, Sites.Count).Where(i => Sites[i].ElementCount > 0)]);

    public long Strike(FaultModel model, IReadOnlyList<int> targets, double rate, ulong seed, int trial)
    {
        faults = model;
        var count = 0L;
        foreach (var (site, element, bit) in FaultDraw.Bits(model, Sites, targets, rate, seed, trial))
        {
            var (run, rest) = (0, element);
            for (; rest >= elements[(site, run)]; run++) rest -= elements[(site, run)];
            ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(hits, (site, run), out _);
            (list ??= []).Add((rest, bit));
            count++;
        }
        return count;
    }

    public void Heal() => hits.Clear();

    public Diagnostic? Decide(List<int> decided)
    {
        decided.Clear();
        for (var run = 0; run < samples.Count; run++)
        {
            var values = new Dictionary<string, RuntimeValue>(samples[run].Inputs, StringComparer.Ordinal);
            for (var i = 0; i < models.Count; i++)
                if (Run(i, run, values) is { } failure) return failure;
            if (values[chain.Scores] is not TensorValue { Data: var scores }) return Decisions.NoScores();
            Decisions.Read(scores.Element, scores.Dims.AsSpan(), scores.Bytes, decided);
        }
        return null;
    }

    Diagnostic? Run(int index, int run, Dictionary<string, RuntimeValue> values)
    {
        var (part, model) = (chain.Parts[index], models[index]);
        var prepared = model.Prepare(model.Inputs.Where(i => values.ContainsKey(i.Name)).ToDictionary(i => i.Name, i => values[i.Name]), part.Outputs);
        if (!prepared.IsOk) return prepared.Diagnostics[0];
        using var ready = prepared.Value;
        if (ready.Execute() is { } failure) return failure;
        var read = ready.Read();
        if (!read.IsOk) return read.Diagnostics[0];
        foreach (var (name, value) in read.Value) values[name] = value;
        if (part.Struck is null || !values.TryGetValue(part.Struck, out var made) || made is not TensorValue { Data: var data }) return null;
        elements[(part.Site, run)] = data.ElementCount;
        if (!hits.TryGetValue((part.Site, run), out var struck)) return null;
        var bytes = data.Bytes.ToArray();
        foreach (var (element, bit) in struck) FaultBits.Hit(bytes, data.Element, element, bit, faults.Kind, faults.Codec);
        values[part.Struck] = new TensorValue(TensorData.Of<byte>(data.Element, data.Dims.AsSpan(), bytes));
        return null;
    }

    public void Dispose()
    {
        foreach (var model in models) model.Dispose();
    }
}
