using System.Diagnostics;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>
/// Times two models in one process, run by run in the order A B B A, so that whatever slows the machine down slows both. Inputs lie ready
/// inside ONNX Runtime and outputs stay there: only the run is timed.
/// </summary>
public sealed class PairedBenchmark(BenchmarkOptions options)
{
    const int Resamples = 2000;

    /// <summary>Times <paramref name="first"/>, against <paramref name="other"/> when that is given.</summary>
    public Result<BenchmarkReport> Run(ModelSource first, ModelSource? other = null, CancellationToken cancellation = default)
    {
        if (options.Runs < 1) return Result<BenchmarkReport>.Fail(Diagnostic.Create(Descriptors.NothingToTime, null, "the number of runs is below 1"));
        var clock = Stopwatch.StartNew();
        var loaded = first.Load(options.Settings);
        if (!loaded.IsOk) return Result<BenchmarkReport>.Fail(loaded.Diagnostics);
        using var model = loaded.Value;
        var load = clock.Elapsed.TotalMilliseconds;
        var inputs = Inputs(model);
        if (!inputs.IsOk) return Result<BenchmarkReport>.Fail(inputs.Diagnostics);
        var prepared = model.Prepare(inputs.Value);
        if (!prepared.IsOk) return Result<BenchmarkReport>.Fail(prepared.Diagnostics);
        using var run = prepared.Value;
        return other is null ? Single(run, load, cancellation) : Pair(run, load, inputs.Value, other, cancellation);
    }

    Result<IReadOnlyDictionary<string, RuntimeValue>> Inputs(OrtModel model) => options.Inputs is { } given
        ? Result<IReadOnlyDictionary<string, RuntimeValue>>.Ok(given)
        : new InputGenerator(options.Seed, options.Shapes).ForModel(model);

    Result<BenchmarkReport> Single(PreparedRun run, double load, CancellationToken cancellation)
    {
        var times = new double[options.Runs];
        for (var i = -options.Warmup; i < times.Length; i++)
        {
            if (Time(run, out var elapsed, cancellation) is { } failure) return Result<BenchmarkReport>.Fail(failure);
            if (i >= 0) times[i] = elapsed;
        }
        return Result<BenchmarkReport>.Ok(new BenchmarkReport(options.Runs, options.Settings.Threads, Timing.Of(times, load), null, null, null, null));
    }

    Result<BenchmarkReport> Pair(PreparedRun run, double load, IReadOnlyDictionary<string, RuntimeValue> inputs, ModelSource other,
        CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var loaded = other.Load(options.OtherSettings ?? options.Settings);
        if (!loaded.IsOk) return Result<BenchmarkReport>.Fail(loaded.Diagnostics);
        using var model = loaded.Value;
        var otherLoad = clock.Elapsed.TotalMilliseconds;
        var prepared = model.Prepare(inputs.Where(i => model.Inputs.Any(m => m.Name == i.Key)).ToDictionary(StringComparer.Ordinal));
        if (!prepared.IsOk) return Result<BenchmarkReport>.Fail(prepared.Diagnostics);
        using var otherRun = prepared.Value;
        var (times, otherTimes) = (new double[options.Runs], new double[options.Runs]);
        for (var i = -options.Warmup; i < options.Runs; i++)
        {
            var otherFirst = i % 2 != 0;
            if (Time(otherFirst ? otherRun : run, out var leading, cancellation) is { } failure) return Result<BenchmarkReport>.Fail(failure);
            if (Time(otherFirst ? run : otherRun, out var trailing, cancellation) is { } failed) return Result<BenchmarkReport>.Fail(failed);
            if (i >= 0) (times[i], otherTimes[i]) = otherFirst ? (trailing, leading) : (leading, trailing);
        }
        var (first, second) = (Timing.Of(times, load), Timing.Of(otherTimes, otherLoad));
        var (low, high) = Bootstrap(times, otherTimes);
        return Result<BenchmarkReport>.Ok(new BenchmarkReport(options.Runs, options.Settings.Threads, first, second, second.Median / first.Median, low, high));
    }

    static Diagnostic? Time(PreparedRun run, out double milliseconds, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var failure = run.Execute(cancellation: cancellation);
        milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return failure;
    }

    /// <summary>Percentile interval (Efron 1979) of the ratio of medians; pairs are drawn together.</summary>
    internal static (double Low, double High) Bootstrap(double[] first, double[] other)
    {
        var random = new SplitMix(1);
        var ratios = new double[Resamples];
        var (a, b) = (new double[first.Length], new double[first.Length]);
        for (var r = 0; r < Resamples; r++)
        {
            for (var i = 0; i < a.Length; i++)
            {
                var pick = random.Below(a.Length);
                (a[i], b[i]) = (first[pick], other[pick]);
            }
            Array.Sort(a);
            Array.Sort(b);
            ratios[r] = Timing.MedianOf(b) / Timing.MedianOf(a);
        }
        Array.Sort(ratios);
        return (ratios[(int)(0.025 * Resamples)], ratios[(int)(0.975 * Resamples) - 1]);
    }
}
