using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Sparsity;

/// <summary>
/// <c>W·h -> the rows of W that h needs</c>: products whose kernel leaves out weights of neurons that are idle for a token. How many are is found on data,
/// as many as <c>--max-drop</c> and the perplexity allow.
/// </summary>
[Pass("sparsify", "h·W -> MaskedGemv(h, W), f(x·G)·(x·U)·W -> SparseGatedFfn: idle neurons are left out", Numerics = Numerics.Approximate)]
public sealed class Sparsify(Sparsify.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("What decides which neurons are idle.")] public SparsityPredicate Predicate { get; init; }
        [Option("Share of neurons, or of inputs, that is idle; at most so many where data show what that costs.")] public double Target { get; init; } = 0.95;
        [Option("What of a gated block decides.")] public SparsityDecider Decides { get; init; }
        [Option("`statistical-top-k` takes the threshold off what exceeds it, as models that were trained so do.")] public bool Soft { get; init; }
        [Option("What becomes of a model with `core-neurons`: sliced for good, or a graph for the prompt and one for what follows.")] public CoreStage Stage { get; init; }
        [Option("Share of positive neurons of a token that `core-neurons` counts.")] public double TokenShare { get; init; } = 0.4;
        [Option("By what share the perplexity of scores may grow, as the model's own probabilities expect it.")] public double Perplexity { get; init; } = 0.01;
        [Option("Products with a smaller extent stay as they are: they are too small to gain time.")] public int Least { get; init; } = 64;

        internal bool NeedsData => Predicate is SparsityPredicate.Cett or SparsityPredicate.Cats or SparsityPredicate.Threshold;
    }

    public override void Run(Model model, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(cx);
        if (Nonsense() is { } nonsense) cx.Report(nonsense);
        else if (options.Predicate == SparsityPredicate.CoreNeurons)
        {
            cx.InferTypes(model);
            if (new CoreNeurons(options, cx).Run(model) is { } unfit) cx.Report(unfit);
        }
        else if (Leave(model, cx) is { } failure) cx.Report(failure);
    }

    Diagnostic? Nonsense()
    {
        if (options.Target is not (> 0 and < 1)) return Wrong("target", "must lie between 0 and 1");
        if (options.TokenShare is not (> 0 and <= 1)) return Wrong("token-share", "must lie between 0 and 1");
        if (options.Stage != CoreStage.Offline && options.Predicate != SparsityPredicate.CoreNeurons) return Wrong("stage", "belongs to `core-neurons`");
        if (!(options.Perplexity > 0)) return Wrong("perplexity", "must be above 0");
        return options.Soft && options.Predicate != SparsityPredicate.StatisticalTopK ? Wrong("soft", "belongs to `statistical-top-k`") : null;

        static Diagnostic Wrong(string option, string what) => Diagnostic.Create(Descriptors.BadSparsifyOption, null, option, what);
    }

    Diagnostic? Leave(Model model, PassContext cx)
    {
        cx.InferTypes(model);
        if (options.Predicate == SparsityPredicate.Zeros) SymbolicTypes.Refine(model);
        var sites = new SparseSites(options, cx).In(model);
        if (sites.Count == 0) return null;
        if (options.NeedsData && cx.Calibrator is null) return Diagnostic.Create(Descriptors.SparsifyNeedsData, ModelLocation.Of(model), KebabCase.Of(options.Predicate.ToString()));
        var learned = SparsityProfile.Learn(model, options, sites, cx.Calibrator);
        if (!learned.IsOk) return learned.Diagnostics[0];
        foreach (var _ in sites.Where(s => !learned.Value.Shows(s))) cx.Skip("the data do not show its numbers, or they are not finite");
        var order = new NodeOrder(model);
        var search = new SparsitySearch(model, cx, options, (copy, trial, sparsity) => Apply(copy, trial, ByPlace(learned.Value.At(sparsity))));
        if ((options.Predicate == SparsityPredicate.Zeros ? options.Target : search.Run()) is not { } found)
        {
            foreach (var _ in sites.Where(learned.Value.Shows)) cx.Skip("loses too much accuracy");
            return null;
        }
        var settings = learned.Value.At(found);
        if (search.Growth is { } growth) cx.Report(Found(settings, growth));
        if (options.Predicate != SparsityPredicate.Zeros && settings.Count > 0) cx.Report(BreakEven(1 - Idle(settings)));
        var chosen = ByPlace(settings);
        if (cx.Meter is { } meter && cx.Gates is { } gates) new PrecisionSearch(model, cx, meter, gates, (changed, trial) => Apply(changed, trial, chosen)).Run();
        Apply(model, cx, chosen);
        return null;

        Dictionary<int, SparseSetting> ByPlace(IReadOnlyDictionary<SparseSite, SparseSetting> bySite) => bySite.ToDictionary(s => order.PlaceOf(s.Key.Product.Node)!.Value, s => s.Value);
    }

    static double Idle(IReadOnlyDictionary<SparseSite, SparseSetting> settings) => settings.Sum(s => s.Key.Weights * s.Value.Sparsity) / settings.Sum(s => s.Key.Weights);

    // Fits what was measured of blocks of 2048 by 8192.
    internal static Diagnostic BreakEven(double active) => Diagnostic.Create(Descriptors.SparseBreakEven, null, active, Math.Max(1, (int)Math.Pow(active, -1.5)));

    static Diagnostic Found(IReadOnlyDictionary<SparseSite, SparseSetting> settings, double growth)
    {
        return Diagnostic.Create(Descriptors.Sparsified, null, string.Create(CultureInfo.InvariantCulture,
            $"{Idle(settings):p1} of what {settings.Count} products read is left out ({settings.Values.Min(s => s.Sparsity):p0} to {settings.Values.Max(s => s.Sparsity):p0}), perplexity {growth:+0.00%;-0.00%}"));
    }

    /// <summary>Writes the sites of a model, or of a copy, that have a setting.</summary>
    void Apply(Model model, PassContext cx, Dictionary<int, SparseSetting> settings)
    {
        var order = new NodeOrder(model);
        // From the end: a block takes what the one before it makes, which is another value once that one is written.
        foreach (var site in new SparseSites(options, cx.ForTrial(cx.Selects, null, _ => { })).In(model).AsEnumerable().Reverse())
            if (order.PlaceOf(site.Product.Node) is { } place && settings.TryGetValue(place, out var setting)
                && cx.TryStep(site.Product.Node, string.Create(CultureInfo.InvariantCulture, $"leave out {setting.Sparsity:p0}")))
                new SparseWriter(site, setting, options.Soft).Write();
    }
}
