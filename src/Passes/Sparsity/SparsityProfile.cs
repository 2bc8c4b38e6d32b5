using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Sparsity;

/// <summary>What data show of sites, and the settings that follow from it at a sparsity of all of them together.</summary>
sealed class SparsityProfile
{
    // Rows that are looked at, and floats of all values that are kept at once.
    const int MostRows = 256;
    const long MostFloats = 1L << 27;

    // A twentieth of a site at a time, and never all of it.
    const double Step = 0.05, MostOfSite = 0.95, Negligible = 1e-9;

    readonly Sparsify.Options options;
    readonly IReadOnlyList<SparseSite> sites;
    readonly IReadOnlyDictionary<Value, float[]> rows;
    readonly Dictionary<SparseSite, (ErrorCurve Curve, float[] Scales)> curves = [];

    // By which the sites of a block are raised; null for other predicates.
    BlockAllocation? blocks;

    SparsityProfile(Sparsify.Options options, IReadOnlyList<SparseSite> sites, IReadOnlyDictionary<Value, float[]> rows) =>
        (this.options, this.sites, this.rows) = (options, sites, rows);

    /// <summary>Looks at the sites, which data must show where the predicate needs them.</summary>
    public static Result<SparsityProfile> Learn(Model model, Sparsify.Options options, IReadOnlyList<SparseSite> sites, ICalibrator? calibrator)
    {
        var wanted = sites.SelectMany(s => Wanted(s, options)).Distinct().ToList();
        if (calibrator is null || wanted.Count == 0) return Result<SparsityProfile>.Ok(new(options, sites, new Dictionary<Value, float[]>()));
        var widths = sites.Sum(s => (long)s.Terms * 3);
        var seen = calibrator.Rows(model, wanted, (int)Math.Clamp(MostFloats / widths, 16, MostRows));
        if (!seen.IsOk) return Result<SparsityProfile>.Fail(seen.Diagnostics);
        var profile = new SparsityProfile(options, sites, seen.Value);
        if (options.Predicate is SparsityPredicate.Cett or SparsityPredicate.Threshold)
            foreach (var site in sites)
                if (profile.Shows(site)) profile.curves[site] = profile.Curve(site);
        if (options.Predicate == SparsityPredicate.Threshold)
            profile.blocks = BlockAllocation.Find(model, [.. profile.curves.Keys], calibrator, MostRows, options.Target, (s, share) => profile.curves[s].Curve.Bound(share));
        return Result<SparsityProfile>.Ok(profile);
    }

    static IEnumerable<Value> Wanted(SparseSite site, Sparsify.Options options) => options.Predicate switch
    {
        SparsityPredicate.Cett when site.Up is not null => [site.Product.Input, site.Block!.Active, site.Block.Factor!],
        SparsityPredicate.Cett or SparsityPredicate.Threshold => [site.Product.Input],
        SparsityPredicate.Cats => [site.Decides],
        SparsityPredicate.StatisticalTopK => [site.Block!.Before],
        _ => [],
    };

    /// <summary>False where data show nothing of a site, or numbers that are not finite.</summary>
    public bool Shows(SparseSite site) =>
        (rows.Count == 0 && !options.NeedsData)
        || Wanted(site, options).All(v => rows.TryGetValue(v, out var seen) && seen.Length > 0 && seen.Length % site.Terms == 0 && Array.TrueForAll(seen, float.IsFinite));

    /// <summary>Settings of all sites at which a share of what they read is idle.</summary>
    public IReadOnlyDictionary<SparseSite, SparseSetting> At(double sparsity)
    {
        var shown = sites.Where(Shows).ToList();
        return options.Predicate switch
        {
            SparsityPredicate.Cett => AtError(shown, sparsity),
            SparsityPredicate.Threshold => InBlocks(shown, sparsity),
            _ => shown.ToDictionary(s => s, s => Setting(s, sparsity)),
        };
    }

    SparseSetting Setting(SparseSite site, double sparsity)
    {
        switch (options.Predicate)
        {
            case SparsityPredicate.Cats:
                var sorted = Array.ConvertAll(rows[site.Decides], Math.Abs);
                Array.Sort(sorted);
                return new(sparsity) { Thresholds = [ErrorCurve.Quantile(sorted, sparsity)] };
            case SparsityPredicate.TopK:
                return new(sparsity) { Kept = Math.Clamp((long)Math.Round((1 - sparsity) * site.Terms), 1, site.Terms) };
            case SparsityPredicate.StatisticalTopK:
                return new(sparsity) { Multiplier = Multiplier(site, sparsity) };
            default:
                return new(sparsity);
        }
    }

    double Multiplier(SparseSite site, double sparsity)
    {
        var normal = NormalDistribution.Quantile(Math.Clamp(sparsity, 1e-6, 1 - 1e-6));
        return rows.TryGetValue(site.Block!.Before, out var seen) ? StatisticalThreshold.Calibrate(seen, site.Terms, sparsity, normal) : normal;
    }

    // One error for all, at which together they are as sparse as asked for.
    Dictionary<SparseSite, SparseSetting> AtError(List<SparseSite> shown, double sparsity)
    {
        const int Halvings = 30;
        var (low, high, all) = (0.0, 1.0, shown.Sum(s => s.Weights));
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (shown.Sum(s => s.Weights * curves[s].Curve.Share(middle)) <= sparsity * all) low = middle;
            else high = middle;
        }
        return shown.ToDictionary(s => s, s => At(s, curves[s].Curve.Share(low)));
    }

    // Every block as sparse as asked for; and sites that stand in none, together.
    Dictionary<SparseSite, SparseSetting> InBlocks(List<SparseSite> shown, double sparsity)
    {
        var settings = Raised([.. shown.Where(s => !blocks!.Has(s))], sparsity);
        foreach (var site in shown.Where(blocks!.Has)) settings[site] = At(site, blocks!.Share(site, sparsity));
        return settings;
    }

    // The site that loses least for what it leaves out goes on, until together they are as sparse as asked for.
    Dictionary<SparseSite, SparseSetting> Raised(List<SparseSite> shown, double sparsity)
    {
        var (shares, all, reached) = (shown.ToDictionary(s => s, _ => 0.0), shown.Sum(s => s.Weights), 0.0);
        while (reached < sparsity * all * (1 - Negligible))
        {
            var next = shown.Where(s => shares[s] < MostOfSite).MinBy(s => (curves[s].Curve.Error(shares[s] + Step) - curves[s].Curve.Error(shares[s])) / s.Weights);
            if (next is null) break;
            var step = Math.Min(Step, (sparsity * all - reached) / next.Weights);
            shares[next] += step;
            reached += step * next.Weights;
        }
        return shown.ToDictionary(s => s, s => At(s, shares[s]));
    }

    /// <summary>What leaves out a share of a site.</summary>
    public SparseSetting At(SparseSite site, double share)
    {
        var (curve, scales) = curves[site];
        var bound = curve.Bound(share);
        return new(share) { Thresholds = Array.ConvertAll(scales, s => bound / s) };
    }

    // A term's size is its number times a scale.
    (ErrorCurve Curve, float[] Scales) Curve(SparseSite site)
    {
        var (terms, weights) = (rows[site.Product.Input], SparseSite.RowsByTerm(site.Product));
        var scales = options.Predicate == SparsityPredicate.Threshold ? [1f] : Contributions.Norms(weights, site.Terms);
        if (site.Up is not null)
        {
            // What the other factor will be is not known when the gate decides, but how large it mostly is.
            var usual = RootMeanSquares(rows[site.Block!.Factor!], site.Terms);
            for (var i = 0; i < scales.Length; i++) scales[i] *= usual[i];
        }
        // A neuron that sends nothing on is idle whatever its number.
        scales = Array.ConvertAll(scales, s => s > 0 ? s : float.Epsilon);
        var decides = rows[site.Decides];
        var sizes = new float[decides.Length];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = Math.Abs(decides[i]) * scales[scales.Length == 1 ? 0 : i % site.Terms];
        return (new ErrorCurve(terms, sizes, weights, site.Terms), scales);
    }

    static float[] RootMeanSquares(float[] rows, int width)
    {
        var sums = new double[width];
        for (var i = 0; i < rows.Length; i++) sums[i % width] += (double)rows[i] * rows[i];
        return Array.ConvertAll(sums, s => (float)Math.Sqrt(s / (rows.Length / width)));
    }
}
