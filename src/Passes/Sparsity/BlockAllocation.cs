using Onnxc.Calibration;
using Onnxc.IR;

namespace Onnxc.Passes.Sparsity;

/// <summary>
/// How sparse each product of a block becomes as the block does: step by step, the one goes on that for its weights costs least in the block's output, on an input that is
/// still dense. Liu et al., TEAL, 2024, there with steps of equal weights, which are coarse for small products. All blocks take a step at a time, and each is measured in one
/// run of a copy of the model; what a step of the others costs is taken to be what it was.
/// </summary>
sealed class BlockAllocation
{
    // Of a product, of which some has to stay.
    const double Step = 0.1, MostOfSite = 0.95, Negligible = 1e-9;

    readonly Dictionary<SparseSite, List<(double Block, double Site)>> paths = [];

    /// <summary>Sites that stand in a block whose output data show.</summary>
    public bool Has(SparseSite site) => paths.ContainsKey(site);

    /// <summary>The share of a site that is left out where that of its block is <paramref name="sparsity"/>.</summary>
    public double Share(SparseSite site, double sparsity)
    {
        var path = paths[site];
        var next = path.FindIndex(p => p.Block >= sparsity - Negligible);
        if (next < 0) return path[^1].Site;
        if (next == 0) return path[0].Site;
        var (before, after) = (path[next - 1], path[next]);
        return before.Site + (after.Site - before.Site) * Math.Min(1, (sparsity - before.Block) / (after.Block - before.Block));
    }

    /// <summary>Raises all blocks to <paramref name="target"/>; a block that cannot be measured is left out.</summary>
    /// <param name="bound">The magnitude that a share of a site's inputs does not exceed.</param>
    public static BlockAllocation Find(Model model, IReadOnlyList<SparseSite> sites, ICalibrator calibrator, int rows, double target, Func<SparseSite, double, float> bound)
    {
        var found = new BlockAllocation();
        var blocks = OutputBlocks.In(model.Main, sites).Select(b => new Block(b.Sites, b.Output)).ToList();
        if (blocks.Count == 0) return found;
        var probe = new BlockProbe(model, [.. blocks.Select(b => (b.Sites, b.Output))]);
        blocks = [.. blocks.Where((_, i) => probe.Holds(i))];
        // What the first step of each costs, then always that of the one that went on last.
        for (var turn = 0; blocks.Any(b => b.IsOpen(turn, target)); turn++)
        {
            var open = blocks.Where(b => b.IsOpen(turn, target)).ToList();
            if (turn >= open.Max(b => b.Sites.Count))
            {
                foreach (var block in open) block.Raise();
                if (Measure((_, _) => 0) is not { } reached) return new BlockAllocation();
                foreach (var block in open) block.Error = reached[block.Output];
            }
            foreach (var block in open)
                if (turn < block.Sites.Count) block.Next = turn;
            if (Measure((b, i) => open.Contains(b) && i == b.Next ? b.StepOf(i) : 0) is not { } errors) return new BlockAllocation();
            foreach (var block in open) block.Learn(errors[block.Output]);
        }
        foreach (var block in blocks)
            for (var i = 0; i < block.Sites.Count; i++) found.paths[block.Sites[i]] = [.. block.Path.Select(p => (p.Share, p.Shares[i]))];
        return found;

        Dictionary<Value, double>? Measure(Func<Block, int, double> more) =>
            probe.Errors(calibrator, blocks.SelectMany(b => b.Sites.Select((s, i) => (Site: s, Bound: bound(s, b.Shares[i] + more(b, i))))).ToDictionary(p => p.Site, p => p.Bound), rows);
    }

    sealed class Block(IReadOnlyList<SparseSite> sites, Value output)
    {
        readonly double all = sites.Sum(s => s.Weights);
        readonly double[] costs = new double[sites.Count];

        public IReadOnlyList<SparseSite> Sites => sites;
        public Value Output => output;
        public double[] Shares { get; private set; } = new double[sites.Count];
        public List<(double Share, double[] Shares)> Path { get; } = [(0, new double[sites.Count])];
        /// <summary>The squared error of the output as it is.</summary>
        public double Error { get; set; }

        /// <summary>The site whose next step is looked at.</summary>
        public int Next { get; set; }

        public double Share => Path[^1].Share;

        public bool IsOpen(int turn, double target) => turn < sites.Count || (Share < target - Negligible && costs.Any(double.IsFinite));

        public double StepOf(int site) => Math.Min(Step, MostOfSite - Shares[site]);

        public void Learn(double error) => costs[Next] = StepOf(Next) <= Negligible ? double.PositiveInfinity : (error - Error) / (StepOf(Next) * sites[Next].Weights);

        public void Raise()
        {
            Next = Array.IndexOf(costs, costs.Min());
            Shares = [.. Shares];
            Shares[Next] += StepOf(Next);
            Path.Add((sites.Select((s, i) => s.Weights * Shares[i]).Sum() / all, Shares));
        }
    }
}
