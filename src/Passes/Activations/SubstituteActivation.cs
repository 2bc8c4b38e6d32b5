using System.Globalization;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;
using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Activations;

/// <summary>
/// <c>f(x) -> g(x)</c> for an activation, spelled out or not, and a cheaper function that is fitted to it on the numbers that data show, with the same
/// lines as asymptotes: splines of Kolmogorov-Arnold networks as tables of cubics, PolyReLU, and Dice for PRelu.
/// </summary>
[Pass("substitute-activation", "f(x) -> SplineActivation(x) or PolyReLU(x), fitted to f on data; PRelu(x) -> Dice", Numerics = Numerics.Approximate)]
public sealed class SubstituteActivation(SubstituteActivation.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("What stands in.")] public ActivationFamily With { get; init; }
        [Option("Largest relative root mean square error of a fit on the numbers that were seen.")] public double MaxError { get; init; } = 1e-3;
        [Option("Gaussians of `rbf`, or harmonics of `daruan`; 0 takes as many as the family does by itself.")] public int Terms { get; init; }
        [Option("Intervals of a spline; 0 takes as few as the error allows.")] public int Grid { get; init; }
        [Option("Highest power of `poly-relu`, or degree of `relu-kan`, `af-kan` and a `b-spline` with simple knots; 0 takes a cubic, whose knots are double in `b-spline`.")] public int Order { get; init; }
        [Option("What is pinned while the rest is fitted.")] public ActivationBase Base { get; init; }
        [Option("Largest error beyond the numbers that were seen, over the function where that is more than 1.")] public double MaxTail { get; init; } = 0.01;
        [Option("Takes fits that are further off beyond the numbers that were seen.")] public bool Extrapolate { get; init; }
        [Option("Without data, and in bodies, numbers up to this magnitude count equally.")] public double Range { get; init; } = 8;
    }

    double MaxTail => options.Extrapolate ? double.PositiveInfinity : options.MaxTail;

    public override void Run(Model model, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(cx);
        if (Nonsense() is { } nonsense) throw new DiagnosticException(nonsense);
        if (cx.Meter is { } meter && cx.Gates is { } gates) new PrecisionSearch(model, cx, meter, gates, Change).Run();
        Change(model, cx);
    }

    Diagnostic? Nonsense()
    {
        if (!(options.MaxError > 0)) return Wrong("max-error", "0 or less");
        if (!(options.MaxTail > 0)) return Wrong("max-tail", "0 or less");
        if (!(options.Range > 0) || double.IsInfinity(options.Range)) return Wrong("range", "0 or less, or infinite");
        if (options.Terms is < 0 or > 256) return Wrong("terms", "negative or more than 256");
        if (options.Grid is < 0 or > 256) return Wrong("grid", "negative or more than 256");
        return options.Order is < 0 or > 16 ? Wrong("order", "negative or more than 16") : null;

        static Diagnostic Wrong(string option, string what) => Diagnostic.Create(Descriptors.BadSubstituteOption, null, option, what);
    }

    void Change(Model model, PassContext cx)
    {
        cx.InferTypes(model);
        var graphs = model.Bodies().Where(b => b.Function?.Id.Domain != OperatorLibrary.Domain).ToList();
        if (options.With == ActivationFamily.Dice)
        {
            new DiceSubstitution(model, cx, options).Run(graphs);
            return;
        }
        var sites = graphs.SelectMany(PointwiseFunction.In).Where(f => cx.Selects(f.Anchor)).ToList();
        sites.RemoveAll(f => Obstacle(f) is { } reason && Skip(reason));
        var seen = Observe(model, cx, sites);
        foreach (var site in sites)
            if (Best(site, Numbers(site)) is { } fit) Replace(site, fit, cx);

        NumberWeights Numbers(PointwiseFunction site) =>
            seen.TryGetValue(site.X, out var statistics) && NumberWeights.Of(statistics) is { } numbers ? numbers : NumberWeights.Even(options.Range);

        ActivationFit? Best(PointwiseFunction site, NumberWeights numbers)
        {
            var known = new Dictionary<double, double>();
            if (FitProblem.Of(Remembering, numbers) is not { } problem)
            {
                Skip("it comes to no line on one of its sides");
                return null;
            }
            var fits = Fits(problem, site.X.ElementType!.Value).ToList();
            var close = fits.Where(f => f.Error <= options.MaxError).ToList();
            var kept = close.Where(f => f.Tail <= MaxTail).OrderBy(f => f.Cost).ThenBy(f => f.Error).FirstOrDefault();
            if (kept is null) Skip(close.Count == 0 ? "its fit is not close enough" : "its fit is too far off beyond the numbers that were seen");
            return kept;

            // Fits of several sizes ask for the same numbers.
            double Remembering(double x) => known.TryGetValue(x, out var value) ? value : known[x] = site.Evaluate(x);
        }

        bool Skip(string reason)
        {
            cx.Skip(reason);
            return true;
        }
    }

    IEnumerable<ActivationFit> Fits(FitProblem problem, ElementType element)
    {
        var all = options.With == ActivationFamily.Auto;
        if (options.With == ActivationFamily.BSpline && (options.Order > 0 || options.Base != ActivationBase.Asymptotes)) yield return Basis(ActivationFamily.BSpline);
        else if (all || options.With == ActivationFamily.BSpline) yield return TableSearch.Spline(problem, options.MaxError, MaxTail, options.Grid);
        if (options.With == ActivationFamily.PolyRelu) yield return PolyReluFit.Fit(problem, options.Order, element);
        if (all)
            for (var order = 1; order <= 3; order++) yield return PolyReluFit.Fit(problem, order, element);
        foreach (var family in new[] { ActivationFamily.ReluKan, ActivationFamily.Rbf, ActivationFamily.AfKan, ActivationFamily.Daruan })
            if (all || options.With == family) yield return Basis(family);

        ActivationFit Basis(ActivationFamily family) => BasisFit.Fit(problem, family, options.Base, options.Terms, options.Grid, options.Order);
    }

    static string? Obstacle(PointwiseFunction site)
    {
        if (OperatorLibrary.Obstacle(site.Output.Graph) is { } obstacle) return obstacle;
        if (!BoundTensor.CanHold(Recognition.Element(site.X))) return "the type of its numbers is not known, or none that the operator takes";
        return Recognition.KeepsRank(site.Nodes, site.Nodes[^1], site.X) ? null : "the rank is not known";
    }

    // Only values of the main graph are observed.
    static IReadOnlyDictionary<Value, ValueStatistics> Observe(Model model, PassContext cx, List<PointwiseFunction> sites)
    {
        List<Observation> wanted = [.. sites.Select(s => s.X).Where(x => x.Graph == model.Main).Distinct().Select(x => new Observation(x))];
        if (cx.Calibrator is not { } calibrator || wanted.Count == 0) return new Dictionary<Value, ValueStatistics>();
        var observed = calibrator.Observe(model, wanted);
        return observed.IsOk ? observed.Value : throw new DiagnosticException(observed.Diagnostics[0]);
    }

    static void Replace(PointwiseFunction site, ActivationFit fit, PassContext cx)
    {
        var (anchor, last) = (site.Anchor, site.Nodes[^1]);
        var name = ModelLocation.Of(anchor);
        if (!cx.TryStep(anchor, $"substitute {anchor.Op.Name}")) return;
        cx.Report(Diagnostic.Create(Descriptors.ActivationFitted, name, anchor.Op.Name,
            string.Create(CultureInfo.InvariantCulture, $"{fit.What}: relative error {fit.Error:0.0e0}, beyond the numbers seen {fit.Tail:0.0e0}")));
        var made = fit.Emit(new GraphBuilder(last.Graph, last, "substituted"), site.X);
        made.SetType(site.Output.Type, site.Output.TypeIsInferred);
        made.Producer!.CopyMetadata(anchor);
        site.Output.ReplaceAllUsesWith(made);
        foreach (var node in site.Nodes.Reverse()) node.Graph.RemoveNode(node);
    }
}
