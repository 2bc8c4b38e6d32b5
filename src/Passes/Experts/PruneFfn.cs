using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>
/// Takes hidden channels out of feed-forward networks, of experts and of dense ones: columns of up and gate, rows of down. CFSP (Wang et al., 2024): the
/// angle between what enters a block and what leaves it says how much the block keeps, activations and weights say which channels.
/// </summary>
[Pass("prune-ffn", "Takes the least useful hidden channels out of feed-forward networks and experts: CFSP.", Numerics = Numerics.Approximate)]
public sealed class PruneFfn(PruneFfn.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("How channels are scored.")] public PruneMethod Method { get; init; }
        [Option("Share of the channels to take out.")] public double Share { get; init; } = 0.25;
        [Option("Channels that are left are a multiple of this.")] public int Multiple { get; init; } = 128;
        [Option("Blocks that change their input more keep more.")] public bool Coarse { get; init; } = true;
    }

    public override void Run(Model model, PassContext cx)
    {
        if (!(options.Share is >= 0 and < 1)) throw new DiagnosticException(Diagnostic.Create(Descriptors.PruneOptionsUnfit, null, "`share` is not between 0 and 1"));
        if (options.Multiple < 1) throw new DiagnosticException(Diagnostic.Create(Descriptors.PruneOptionsUnfit, null, "`multiple` is less than 1"));
        var sites = PruneSites.In(model, cx);
        if (sites.Count == 0)
        {
            cx.Skip("there are no feed-forward networks with constant weights");
            return;
        }
        if (options.Method != PruneMethod.Weights && cx.Calibrator is null) throw new DiagnosticException(Diagnostic.Create(Descriptors.PruningNeedsData, null));
        var (importance, activations) = options.Method == PruneMethod.Weights ? PruneSites.Unseen(sites) : PruneSites.Observe(model, cx.Calibrator!);
        var isCoarse = options.Coarse && sites.TrueForAll(s => double.IsFinite(importance[s.Index]));
        var shares = isCoarse ? CfspScore.Keep([.. sites.Select(s => importance[s.Index])], options.Share) : [.. sites.Select(_ => 1 - options.Share)];
        foreach (var (site, share) in sites.Zip(shares))
        {
            if (!cx.Selects(site.Node)) continue;
            if (activations[site.Index] is not { } norms || norms.Exists(n => n is null || n.Length != site.Width))
            {
                cx.Skip("the data do not show the hidden channels");
                continue;
            }
            var count = CfspScore.Count(site.Width, share, options.Multiple);
            if (count == site.Width) cx.Skip("no multiple of channels would go");
            else if (cx.TryStep(site.Node, "prune")) site.Keep([.. norms.Select((n, e) => Best(site, e, n!, count))]);
        }
    }

    int[] Best(PruneSite site, int expert, double[] norms, int count)
    {
        var scores = CfspScore.Channels(site.Incoming(expert), site.Outgoing(expert), norms, options.Method);
        return [.. Enumerable.Range(0, scores.Length).OrderByDescending(j => scores[j]).ThenBy(j => j).Take(count).Order()];
    }
}
