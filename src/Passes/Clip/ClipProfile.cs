using System.Collections.Immutable;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Clip;

/// <summary>Ranges of activations that let through all that was seen on data, or that a bound given by hand leaves.</summary>
/// <param name="isStart">A search begins with the ranges: those of neurons, of which each has been seen on few samples, are widened.</param>
sealed class ClipProfile(Model model, PassContext cx, double bound, bool isStart)
{
    // The search finds the factor that is right, on samples that the ranges do not come from.
    const double Headroom = 2;

    readonly Dictionary<Value, ValueStatistics> seen = [];

    /// <summary>Extents of the bounds, which spread over the activation from the right, and the bounds.</summary>
    public sealed record Range(ImmutableArray<long> Dims, double[] Low, double[] High);

    /// <summary>Runs the data once for all <paramref name="values"/>. Returns what went wrong, or null.</summary>
    public Diagnostic? Observe(IReadOnlyList<Value> values, Func<Value, ClipGranularity> granularity)
    {
        if (bound > 0) return null;
        if (cx.Calibrator is not { } calibrator) return Diagnostic.Create(Descriptors.ClippingNeedsData, ModelLocation.Of(model));
        var observed = calibrator.Observe(model, [.. values.Where(v => granularity(v) != ClipGranularity.Neuron)
            .Select(v => new Observation(v, granularity(v) == ClipGranularity.Channel ? ChannelAxis(v) : null))]);
        if (!observed.IsOk) return observed.Diagnostics[0];
        foreach (var (value, statistics) in observed.Value) seen[value] = statistics;
        return null;
    }

    /// <summary>Null when nothing is known of the value.</summary>
    public Range? Of(Value value, ClipGranularity granularity)
    {
        if (bound > 0) return new([], [-bound], [bound]);
        if (granularity == ClipGranularity.Neuron) return OfNeurons(value);
        if (!seen.TryGetValue(value, out var statistics) || statistics.Finite == 0) return null;
        if (granularity == ClipGranularity.Layer) return new([], [statistics.Least], [statistics.Most]);
        if (statistics.Channels is not { } channels) return null;
        // [C, 1, 1] in the layout of images, [C] where the channel is the last axis.
        var trailing = ChannelAxis(value) < 0 ? 0 : value.Shape!.Rank - 2;
        return new([channels.Count, .. Enumerable.Repeat(1L, trailing)], [.. channels.Least.Select(Finite)], [.. channels.Most.Select(Finite)]);
    }

    Range? OfNeurons(Value value)
    {
        if (cx.Resilience?.Elements(model, value) is not { IsOk: true, Value: var bounds }) return null;
        double[] low = [.. bounds.Least.Select(Finite)], high = [.. bounds.Most.Select(Finite)];
        return isStart ? new(bounds.Dims, Widened(low, -1), Widened(high, 1)) : new(bounds.Dims, low, high);
    }

    // What was not active yet may be so in the future, as much as others are.
    static double[] Widened(double[] bounds, int sign)
    {
        var active = bounds.Where(b => b * sign > 0).DefaultIfEmpty(0).Average();
        return Array.ConvertAll(bounds, b => sign * Math.Max(sign * b * Headroom, sign * active));
    }

    // What was never seen, such as a channel of NaN, lets nothing through.
    static double Finite(float number) => float.IsFinite(number) ? number : 0;

    static int ChannelAxis(Value value) => value.Shape is { Rank: > 3 } ? 1 : -1;
}
