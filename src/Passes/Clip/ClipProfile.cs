using System.Collections.Immutable;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Clip;

/// <summary>Ranges of activations that let through all that was seen on data, or that a bound given by hand leaves.</summary>
sealed class ClipProfile(Model model, PassContext cx, double bound)
{
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

    Range? OfNeurons(Value value) => cx.Resilience?.Elements(model, value) is { IsOk: true, Value: var bounds }
        ? new(bounds.Dims, [.. bounds.Least.Select(Finite)], [.. bounds.Most.Select(Finite)])
        : null;

    // What was never seen, such as a channel of NaN, lets nothing through.
    static double Finite(float number) => float.IsFinite(number) ? number : 0;

    static int ChannelAxis(Value value) => value.Shape is { Rank: > 3 } ? 1 : -1;
}
