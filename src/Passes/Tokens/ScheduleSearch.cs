using System.Collections.Immutable;
using System.Globalization;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>
/// Finds how many pairs merge in each block. What a block loses is measured by itself at a few numbers of pairs; schedules then take the cheapest
/// pairs first, by products saved for what they lose, or as many in every block, since what blocks lose one by one is not what they lose together. Of
/// either kind the longest that keeps the gates is found by bisection over measured ones, and the one that saves more is taken; where a speed is asked
/// for, the shortest that reach it, and the one that loses less, or else the longest, which may reach it where the shortest lose too much.
/// </summary>
sealed class ScheduleSearch(Model model, PassContext cx, MergeTokens.Options options)
{
    const int Halvings = 7;

    // Tokens of a class and of distillation take no part.
    const int MostKept = 2;
    static readonly double[] Probes = [0.1, 0.25, 0.5];

    // A copy that was merged, and how far it deviates.
    sealed record Trial(Model Model, ImmutableArray<long> Pairs, Deviation Deviation);

    public Result<Func<BlockChain, ImmutableArray<long>>> Run()
    {
        if (cx.Meter is not { } meter || cx.Gates is not { } gates) return Fail(Diagnostic.Create(Descriptors.ScheduleNeedsData, ModelLocation.Of(model)));
        var trials = new MergeTrials(model, cx, meter);
        if (trials.Prepare() is { } failure) return Fail(failure);
        var chains = TokenMerging.Chains(model, cx);
        if (chains.Count != 1) return Fail(Diagnostic.Create(Descriptors.ScheduleNeedsChain, ModelLocation.Of(model), chains.Count));
        var (chain, nothing) = (chains[0], Try(chains[0].Blocks.Select(_ => 0L)));
        if (nothing?.Deviation.Drop is null && nothing?.Deviation.Error is null) return Fail(Diagnostic.Create(Descriptors.ScheduleNeedsData, ModelLocation.Of(model)));
        List<int>[] orders = [Order(chain), Even(chain)];
        var best = gates.MinSpeedup > 1 ? Fastest() : orders.Select(Longest).OfType<Trial>().MaxBy(t => Saved(t.Pairs));
        cx.Report(Diagnostic.Create(Descriptors.ScheduleFound, ModelLocation.Of(model), string.Join(", ", best?.Pairs ?? [.. chain.Blocks.Select(_ => 0L)]), Describe(best)));
        return Result<Func<BlockChain, ImmutableArray<long>>>.Ok(c => best?.Pairs ?? [.. c.Blocks.Select(_ => 0L)]);

        Trial? Try(IEnumerable<long> pairs)
        {
            ImmutableArray<long> fixedPairs = [.. pairs];
            var copy = trials.Merge(options, _ => fixedPairs);
            return trials.Measure(copy, options.Samples) is { } deviation ? new(copy, fixedPairs, deviation) : null;
        }

        // Steps of one pair, each by its block: those first that lose least for the products that they save.
        List<int> Order(BlockChain found)
        {
            var losses = found.Blocks.Select((block, place) => found.Declined.ContainsKey(block) ? null : Curve(found, place)).ToList();
            var taken = new long[found.Blocks.Length];
            var steps = new List<int>();
            while (true)
            {
                var (chosen, price) = (-1, double.PositiveInfinity);
                for (var b = 0; b < taken.Length; b++)
                {
                    if (losses[b] is not { } loss || !Fits(found, taken, b)) continue;
                    var own = (loss(taken[b] + 1) - loss(taken[b]) + 1e-12) / Saves(b, taken.Length);
                    if (own < price) (chosen, price) = (b, own);
                }
                if (chosen < 0) return steps;
                taken[chosen]++;
                steps.Add(chosen);
            }
        }

        // One pair in each block, and once more.
        List<int> Even(BlockChain found)
        {
            var taken = new long[found.Blocks.Length];
            var steps = new List<int>();
            while (true)
            {
                var before = steps.Count;
                for (var b = 0; b < taken.Length; b++)
                {
                    if (found.Declined.ContainsKey(found.Blocks[b]) || !Fits(found, taken, b)) continue;
                    taken[b]++;
                    steps.Add(b);
                }
                if (steps.Count == before) return steps;
            }
        }

        // What a block loses by itself, between the numbers of pairs at which it was measured.
        Func<long, double> Curve(BlockChain found, int place)
        {
            var points = new List<(double Pairs, double Loss)> { (0, 0) };
            foreach (var share in Probes)
            {
                var count = Math.Max(1, Math.Round(share * found.Blocks[place].Tokens));
                var measured = Try(found.Blocks.Select((_, b) => b == place ? (long)count : 0));
                points.Add((count, Math.Max(points[^1].Loss, measured?.Deviation.Divergence ?? double.MaxValue)));
            }
            return pairs =>
            {
                var next = points.FindIndex(p => p.Pairs >= pairs) is var i && i < 0 ? points.Count - 1 : Math.Max(1, i);
                var (low, high) = (points[next - 1], points[next]);
                return low.Loss + (high.Loss - low.Loss) * (pairs - low.Pairs) / Math.Max(1, high.Pairs - low.Pairs);
            };
        }

        // Pairs of later blocks give way: those of the last one, which may cost nothing, save least.
        bool Fits(BlockChain found, long[] taken, int block) => taken[block] < (found.Blocks[0].Tokens - taken.Take(block).Sum() - MostKept) / 2;

        Trial? Schedule(List<int> order, int steps) =>
            Try(MergeSchedule.Clamp(chain.Blocks.Select((_, b) => (long)order.Take(steps).Count(s => s == b)), chain.Blocks[0].Tokens, MostKept));

        // As many pairs as the gates allow.
        Trial? Longest(List<int> order) => Furthest(order, trial => gates.Allow(trial.Deviation), upwards: true);

        Trial? Fastest()
        {
            var reaching = orders.Select(Shortest).OfType<Trial>().ToList();
            if (reaching.Where(t => gates.Allow(t.Deviation)).MinBy(t => t.Deviation.Divergence) is { } kept) return kept;
            // More pairs can lose less, and a time can be off.
            if (orders.Select(Longest).OfType<Trial>().OrderByDescending(t => Saved(t.Pairs)).FirstOrDefault(IsFast) is { } longest) return longest;
            cx.Skip(reaching.Count == 0 ? FormattableString.Invariant($"would not make the model {gates.MinSpeedup:0.##} times as fast") : "loses too much accuracy");
            return null;
        }

        // As few pairs as make the model fast enough.
        Trial? Shortest(List<int> order) => Furthest(order, IsFast, upwards: false);

        bool IsFast(Trial trial) => meter.Compare(trials.Reference, trial.Model, options.Batch).Value is { } speed && speed.Ratio * gates.MinSpeedup <= 1;

        // The last trial that holds on the way to more pairs, or to fewer.
        Trial? Furthest(List<int> order, Predicate<Trial> holds, bool upwards)
        {
            Trial? kept = null;
            var (low, high) = (0, order.Count + 1);
            for (var i = 0; i < Halvings && high - low > 1; i++)
            {
                var middle = (low + high) / 2;
                var trial = Schedule(order, middle) is { } made && holds(made) ? made : null;
                kept = trial ?? kept;
                if (trial is not null == upwards) low = middle;
                else high = middle;
            }
            return kept;
        }
    }

    // A pair spares a token in its block's perceptron and in all blocks behind.
    static long Saves(int block, int blocks) => 3 * (blocks - block) - 1;

    static long Saved(ImmutableArray<long> pairs) => pairs.Select((count, place) => count * Saves(place, pairs.Length)).Sum();

    static string Describe(Trial? trial) => trial is null ? "nothing merges"
        : trial.Deviation.Drop is { } drop ? string.Create(CultureInfo.InvariantCulture, $"{drop:p2} of right answers lost, {trial.Deviation.Agreement:p1} of choices kept")
        : string.Create(CultureInfo.InvariantCulture, $"relative error {trial.Deviation.Error:0.###}");

    static Result<Func<BlockChain, ImmutableArray<long>>> Fail(Diagnostic failure) => Result<Func<BlockChain, ImmutableArray<long>>>.Fail(failure);
}
