using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Passes.Experts;

/// <summary>
/// Experts in a latent space that they share (MoLE, arXiv 2503.23100): <c>x·W_e ≈ (x·P)·A_e</c>, and <c>h·D_e ≈ (h·A_e)·P</c>. The first product is
/// computed once for a token; exact where the kernels of the matrices have enough in common. In closed form, by singular vectors.
/// </summary>
[Pass("factor-experts", "x·Wₑ -> (x·P)·Aₑ with a projection P that experts share: MoLE, arXiv 2503.23100", Numerics = Numerics.Approximate)]
public sealed class FactorExperts(FactorExperts.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Rank of the shared projections; 0 to find it by `energy` or `max-drop`.")] public int Rank { get; init; }
        [Option("Share of the squared weights to keep, where the rank follows from that; 0 to find it by `max-drop`.")] public double Energy { get; init; }
        [Option("Share of right answers that may be lost, where the smallest rank is searched for on data.")] public double MaxDrop { get; init; }
        [Option("Experts that share a projection; 0 for all of a layer.")] public int Group { get; init; }
        [Option("Which experts share one.")] public ExpertGrouping Grouping { get; init; }
        [Option("Matrices to factor: `up`, `gate` (which go together where experts are gated), `down`.")] public ImmutableArray<string> Factor { get; init; } = ["up", "gate"];
        [Option("Rank that each matrix is first cut to by itself, as the paper does; 0 to leave that out, which loses less.")] public int Step1 { get; init; }
        [Option("Weighs errors by the inputs that the data have.")] public bool ActivationAware { get; init; }
    }

    public override void Run(Model model, PassContext cx)
    {
        if (Problem() is { } problem) throw new DiagnosticException(Diagnostic.Create(Descriptors.FactorOptionsUnfit, null, problem));
        var layers = model.AllNodes().Where(n => ExpertForm.Of(n) is not null).ToList();
        if (layers.Count == 0)
        {
            cx.Skip("there are no nodes of `find-experts`");
            return;
        }
        if (options.MaxDrop > 0) Change(model, cx, FactoredShare(model, cx));
        else Change(model, cx, null);
    }

    string? Problem()
    {
        string[] known = ["up", "gate", "down"];
        if (options.Factor.FirstOrDefault(f => !known.Contains(f)) is { } strange) return $"`factor` has no `{strange}`, only up, gate and down";
        if (options.Factor.IsEmpty) return "`factor` is empty";
        if (options.Rank < 0 || options.Group < 0 || options.Step1 < 0) return "`rank`, `group` and `step1` must not be negative";
        if (options.Energy is < 0 or > 1 || options.MaxDrop is < 0 or > 1) return "`energy` and `max-drop` must be between 0 and 1";
        return new[] { options.Rank > 0, options.Energy > 0, options.MaxDrop > 0 }.Count(b => b) == 1 ? null : "one of `rank`, `energy` and `max-drop` says how large the shared space is";
    }

    // The smallest share of the full rank, in sixteenths, that keeps the drop. More rank never loses more, but for noise.
    double FactoredShare(Model model, PassContext cx)
    {
        const int Steps = 16;
        if (cx.Meter is not { } meter) throw new DiagnosticException(Diagnostic.Create(Descriptors.FactorNeedsData, null));
        var bytes = ModelWriter.ToBytes(model);
        var reference = ModelReader.Read(bytes).OrThrow();
        var (lost, enough) = (0, Steps);
        while (enough - lost > 1)
        {
            var middle = (lost + enough) / 2;
            var copy = ModelReader.Read(bytes).OrThrow();
            Change(copy, cx.ForTrial(_ => true, cx.Calibrator, _ => { }), (double)middle / Steps);
            var measured = meter.Measure(reference, copy);
            if (measured.IsOk && measured.Value.Drop is null) throw new DiagnosticException(Diagnostic.Create(Descriptors.FactorNeedsData, null));
            if (measured.IsOk && measured.Value.Drop <= options.MaxDrop) enough = middle;
            else lost = middle;
        }
        return (double)enough / Steps;
    }

    void Change(Model model, PassContext cx, double? share)
    {
        foreach (var node in model.AllNodes().Where(n => ExpertForm.Of(n) is not null).ToList())
        {
            if (!cx.Selects(node)) continue;
            if (ExpertLayer.Read(node) is not { } layer)
            {
                cx.Skip("the weights are not constant");
                continue;
            }
            if (layer.Form.IsGated && options.Factor.Contains("up") != options.Factor.Contains("gate"))
            {
                cx.Skip("gate and up have one input, so both are factored or none");
                continue;
            }
            var plan = new FactorPlan(layer, options, Covariance(model, layer, cx), share);
            if (!plan.Saves) cx.Skip("would not make the layer smaller");
            else if (cx.TryStep(node, "factor experts"))
            {
                if (cx.Meter is not null) cx.Report(Diagnostic.Create(Descriptors.ExpertsFactored, ModelLocation.Of(node), plan.Summary()));
                plan.Write(node);
            }
        }
    }

    double[]? Covariance(Model model, ExpertLayer layer, PassContext cx)
    {
        if (!options.ActivationAware || !FactorPlan.FactorsInput(options)) return null;
        if (cx.Calibrator is not { } calibrator) throw new DiagnosticException(Diagnostic.Create(Descriptors.FactorNeedsData, null));
        if (layer.Input.Graph != model.Main) return null;
        return calibrator.SecondMoments(model, [layer.Input]).OrThrow().GetValueOrDefault(layer.Input);
    }
}
