using System.Collections.Immutable;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>Runs two models on the same inputs and says how far their outputs, or their layers, are apart.</summary>
public sealed class ModelComparer(ComparisonOptions options)
{
    /// <summary>
    /// Compares outputs by name on <paramref name="samples"/>, or on generated inputs when that is null. Fails when a model cannot be loaded or
    /// run; a difference is not a failure but a verdict.
    /// </summary>
    public Result<ComparisonReport> Compare(ModelSource reference, ModelSource candidate, IEnumerable<Sample>? samples = null,
        CancellationToken cancellation = default)
    {
        var measurement = MeasureAnew(reference, candidate, samples is null ? null : [.. samples], cancellation);
        // Finding inputs that work has run the reference before, so that its seeded random numbers are ahead of the candidate's.
        if (measurement.IsOk && samples is null && Decide(measurement.Value.Outputs).Any(o => !o.Passed) && reference.Read().Value is { } model && RandomOps.Any(model))
            measurement = MeasureAnew(reference, candidate, measurement.Value.Inputs, cancellation);
        if (!measurement.IsOk) return Result<ComparisonReport>.Fail(measurement.Diagnostics);
        var (inputs, measured) = measurement.Value;
        var drift = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);
        var outputs = Decide(measured);
        // Two more runs of the reference: only worth it when its own noise could explain the difference.
        if (options.Mode == ToleranceMode.Rounding && outputs.Any(o => !o.Passed && o.Metrics.Problem is null))
        {
            drift = Drift(reference, inputs, cancellation);
            outputs = Decide(measured, drift);
        }
        var passed = outputs.All(o => o.Passed);
        var random = passed ? null : RandomReason(reference) ?? RandomReason(candidate);
        var verdict = passed ? Verdict.WithinTolerance : random is not null ? Verdict.NotComparable : Verdict.Beyond;
        var reason = random ?? (outputs.FirstOrDefault(o => !o.Passed) is { } worst ? $"`{worst.Name}`: {worst.Reason}" : null);
        var warnings = random is null ? Array.Empty<Diagnostic>() : [Diagnostic.Create(Descriptors.NotComparable, null, random)];
        return Result<ComparisonReport>.Ok(new ComparisonReport(verdict, options.Mode, inputs.Count, outputs, drift, reason), warnings);
    }

    /// <summary>
    /// Compares all values that main graphs have in common by name, without ONNX Runtime's optimisations, and names the first that is beyond
    /// tolerance. Values keep their names through passes that do not touch them.
    /// </summary>
    public Result<LayerReport> Layers(ModelSource reference, ModelSource candidate, IEnumerable<Sample>? samples = null,
        CancellationToken cancellation = default)
    {
        var models = new[] { reference.Read(), candidate.Read() };
        if (models.FirstOrDefault(m => !m.IsOk) is { } unread) return Result<LayerReport>.Fail(unread.Diagnostics);
        var exposed = LayerExposure.Expose(models[0].OrThrow(), models[1].OrThrow());
        if (!exposed.IsOk) return Result<LayerReport>.Fail(exposed.Diagnostics);
        // Optimisations would remove or merge the very values that are to be compared.
        var plain = options with
        {
            Reference = options.Reference with { Optimization = OptimizationLevel.Disabled },
            Candidate = options.Candidate with { Optimization = OptimizationLevel.Disabled },
            DriftFactor = 0,
        };
        var compared = new ModelComparer(plain).Compare(ModelSource.Bytes(exposed.Value.Reference), ModelSource.Bytes(exposed.Value.Candidate), samples, cancellation);
        if (!compared.IsOk) return Result<LayerReport>.Fail(compared.Diagnostics);
        var byName = compared.Value.Outputs.ToDictionary(o => o.Name, StringComparer.Ordinal);
        ImmutableArray<OutputComparison> layers = [.. exposed.Value.Order.Where(l => byName.ContainsKey(l.Name)).Select(l => byName[l.Name])];
        var divergence = layers.FirstOrDefault(l => !l.Passed)?.Name;
        return Result<LayerReport>.Ok(new LayerReport(compared.Value.Verdict, layers, divergence,
            exposed.Value.Order.FirstOrDefault(l => l.Name == divergence).Node, compared.Value.Reason), compared.Diagnostics);
    }

    sealed record Measurement(IReadOnlyList<Sample> Inputs, OrderedDictionary<string, MetricsAccumulator> Outputs);

    Result<Measurement> MeasureAnew(ModelSource reference, ModelSource candidate, IReadOnlyList<Sample>? samples, CancellationToken cancellation)
    {
        var loading = Task.Run(() => candidate.Load(options.Candidate));
        var loaded = reference.Load(options.Reference);
        var other = loading.GetAwaiter().GetResult();
        using var first = loaded.IsOk ? loaded.Value : null;
        using var second = other.IsOk ? other.Value : null;
        if (first is null || second is null) return Result<Measurement>.Fail(first is null ? loaded.Diagnostics : other.Diagnostics);
        if (InterfaceProblem(first, second) is { } problem)
            return Result<Measurement>.Fail(Diagnostic.Create(Descriptors.InterfacesDiffer, null, problem));
        var inputs = Inputs(first, samples);
        if (!inputs.IsOk) return Result<Measurement>.Fail(inputs.Diagnostics);
        var measured = new OrderedDictionary<string, MetricsAccumulator>(StringComparer.Ordinal);
        return Measure(first, second, inputs.Value, measured, cancellation) is { } failure
            ? Result<Measurement>.Fail(failure)
            : Result<Measurement>.Ok(new Measurement(inputs.Value, measured));
    }

    ImmutableArray<OutputComparison> Decide(OrderedDictionary<string, MetricsAccumulator> measured, ImmutableSortedDictionary<string, double>? drift = null) =>
        [.. measured.Select(m => Judge.Decide(m.Key, m.Value, options, drift?.GetValueOrDefault(m.Key) ?? 0))];

    string? InterfaceProblem(OrtModel reference, OrtModel candidate)
    {
        var passedOn = PassedOn(reference, candidate);
        if (candidate.Inputs.FirstOrDefault(i => reference.Inputs.All(r => r.Name != i.Name) && !passedOn.Contains(i.Name)) is { } input)
            return $"only the candidate has input `{input.Name}`";
        if (!options.OutputsMayBeMissing && reference.Outputs.FirstOrDefault(o => candidate.Outputs.All(c => c.Name != o.Name) && !passedOn.Contains(o.Name)) is { } output)
            return $"the candidate lacks output `{output.Name}`";
        return null;
    }

    string[] PassedOn(OrtModel reference, OrtModel candidate) =>
        options.PassesOn ? [.. candidate.Inputs.Select(i => i.Name).Where(n => reference.Outputs.Any(o => o.Name == n))] : [];

    Result<IReadOnlyList<Sample>> Inputs(OrtModel model, IReadOnlyList<Sample>? samples)
    {
        if (samples is not null) return Result<IReadOnlyList<Sample>>.Ok(samples);
        var generated = new List<Sample>();
        for (var run = 0; run < Math.Max(1, options.Runs); run++)
        {
            var values = new InputGenerator(options.Seed + (ulong)run, options.Shapes).ForModel(model, options.Timeout);
            if (!values.IsOk) return Result<IReadOnlyList<Sample>>.Fail(values.Diagnostics);
            generated.Add(new Sample(values.Value, Sample.NothingExpected));
        }
        return Result<IReadOnlyList<Sample>>.Ok(generated);
    }

    Diagnostic? Measure(OrtModel reference, OrtModel candidate, IReadOnlyList<Sample> samples, OrderedDictionary<string, MetricsAccumulator> measured,
        CancellationToken cancellation)
    {
        string[] outputs = [.. reference.Outputs.Select(o => o.Name).Where(n => candidate.Outputs.Any(c => c.Name == n))];
        var passedOn = PassedOn(reference, candidate);
        foreach (var sample in samples)
        {
            var expected = reference.Run(sample.Inputs, [.. outputs, .. passedOn], options.Timeout, cancellation);
            if (!expected.IsOk) return expected.Diagnostics[0].WithNote("while running the reference");
            // A pass may have taken an unused input away.
            var fed = sample.Inputs.Where(i => candidate.Inputs.Any(c => c.Name == i.Key)).ToDictionary(StringComparer.Ordinal);
            foreach (var name in passedOn) fed[name] = expected.Value[name];
            var actual = candidate.Run(fed, outputs, options.Timeout, cancellation);
            if (!actual.IsOk) return actual.Diagnostics[0].WithNote("while running the candidate");
            foreach (var name in outputs)
            {
                if (!measured.TryGetValue(name, out var accumulator)) measured[name] = accumulator = new MetricsAccumulator(options.Histograms);
                accumulator.Add(expected.Value[name], actual.Value[name]);
            }
        }
        return null;
    }

    ImmutableSortedDictionary<string, double> Drift(ModelSource reference, IReadOnlyList<Sample> samples, CancellationToken cancellation)
    {
        var drift = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);
        var plain = reference.Load(options.Reference with { Optimization = OptimizationLevel.Disabled });
        if (!plain.IsOk) return drift;
        using var unoptimized = plain.Value;
        var full = reference.Load(options.Reference with { Optimization = OptimizationLevel.All });
        if (!full.IsOk) return drift;
        using var optimized = full.Value;
        var measured = new OrderedDictionary<string, MetricsAccumulator>(StringComparer.Ordinal);
        if (Measure(unoptimized, optimized, samples, measured, cancellation) is not null) return drift;
        foreach (var (name, accumulator) in measured)
            // A NaN on one side only is no measure of noise.
            if (accumulator.Result is { Problem: null, MaxError: < double.MaxValue and var error }) drift = drift.Add(name, error);
        return drift;
    }

    static string? RandomReason(ModelSource source) =>
        source.Read().Value is { } model && RandomOps.FindUnseeded(model) is { } node ? $"{node} draws random numbers without a seed" : null;
}
