using System.Globalization;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Clip;

/// <summary>Lowers the bounds of clips that let through everything, one after the other, while the model is tried under faults or without.</summary>
sealed class BoundSearch(Model model, PassContext cx, IResilienceMeter meter, ClipActivations.Options options)
{
    const double Percent = 100;
    const int Halvings = 7;

    readonly FaultPlan plan = new([.. options.Rates], options.Trials, (ulong)options.Seed) { Least = meter.Baseline - options.MaxDrop };
    long published;

    /// <summary>Null, or why it ended early.</summary>
    public Diagnostic? Run(IReadOnlyList<ClipSite> sites)
    {
        foreach (var site in options.Method == ClipMethod.FtClipact ? sites : sites.Reverse())
            if ((options.Method == ClipMethod.FtClipact ? Interval(site) : Smallest(site)) is { } failure) return failure;
        var cost = meter.Cost;
        cx.Report(Diagnostic.Create(Descriptors.ClipSearch, ModelLocation.Of(model), string.Create(CultureInfo.InvariantCulture,
            $"{sites.Count} bounds, {published} runs of the model as published, done in the time of {cost.Equivalent:0} ({published / Math.Max(1, cost.Equivalent):0.#} times less)")));
        return null;
    }

    Diagnostic? Interval(ClipSite site)
    {
        Diagnostic? failure = null;
        var search = new IntervalSearch(options.Delta, options.LeastRounds, options.MostRounds);
        // Bounds of several neurons are scaled together, so the interval is that of the factor.
        var factor = search.Find(1, factors =>
        {
            var tried = meter.Try(model, site.Bound, [.. factors.Select(site.Scaled)], plan);
            if (!tried.IsOk)
            {
                failure = tried.Diagnostics[0];
                return null;
            }
            return [.. tried.Value.Select(curve => FaultCurve.Area([.. curve.Skip(1).Select(a => a * Percent)]))];
        });
        published += (long)search.Published * options.Rates.Length * options.Trials;
        if (factor is { } found) site.Set(site.Scaled(found > 0 ? found : 1));
        return failure;
    }

    Diagnostic? Smallest(ClipSite site)
    {
        var (low, high) = (0.0, 1.0);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            var tried = meter.Try(model, site.Bound, [site.Scaled(middle)], FaultPlan.NoFaults);
            if (!tried.IsOk) return tried.Diagnostics[0];
            published++;
            if (tried.Value[0][0] >= plan.Least) high = middle;
            else low = middle;
        }
        site.Set(site.Scaled(high));
        return null;
    }
}
