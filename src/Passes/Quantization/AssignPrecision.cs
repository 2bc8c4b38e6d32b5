using System.Collections.Immutable;
using System.Globalization;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Pipelines;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Weights in as few bits as accuracy allows, each in its own number: all begin with the most, and those that bear it best lose theirs first, until the
/// whole would lose too much, measured each time, or has few enough. The outcome is steps of <c>quantize</c> that name their nodes.
/// </summary>
[Pass("assign-precision", "Quantizes each weight to the fewest bits that accuracy allows.", Numerics = Numerics.Approximate)]
public sealed class AssignPrecision : ModelPass
{
    readonly Options options;
    readonly ImmutableArray<Quantize.Options> levels;

    public sealed record Options
    {
        [Option("Types of weights, from the most bits to the fewest.")] public ImmutableArray<WeightType> Types { get; init; } = [WeightType.Int8, WeightType.Int4];
        [Option("What says which weights keep more bits.")] public PrecisionPolicy Policy { get; init; }
        [Option("Share of right answers that may be lost; 0 takes `--max-drop`.")] public double MaxDrop { get; init; }
        [Option("Bits of a weight on average at which to stop; 0 goes as low as accuracy allows.")] public double AverageBits { get; init; }
        [Option("How weights are rounded.")] public WeightMethod Method { get; init; } = WeightMethod.Rtn;
        [Option("Weights that share a scale, along the reduced axis; 0 takes one scale for each output channel.")] public int Block { get; init; } = 32;
    }

    public AssignPrecision(Options options)
    {
        this.options = options;
        levels = [.. options.Types.Select(t => new Quantize.Options { Weights = t, Method = options.Method, Block = options.Block })];
        if (levels.IsEmpty) throw new ArgumentException("`types` names no type");
        if (options.AverageBits < 0) throw new ArgumentException("`average-bits` must not be negative");
        if (options.MaxDrop is < 0 or > 1) throw new ArgumentException("`max-drop` is a share from 0 to 1");
        for (var i = 1; i < levels.Length; i++)
            if (options.Types[i].Bits() >= options.Types[i - 1].Bits()) throw new ArgumentException("`types` stand from the most bits to the fewest");
        if (levels.Select(WeightOptions.Problem).FirstOrDefault(p => p is not null) is { } problem) throw new ArgumentException(problem);
    }

    public override void Run(Model model, PassContext cx)
    {
        if (options.Policy == PrecisionPolicy.Sensitivity && (cx.Meter is null || cx.Calibrator is null))
        {
            cx.Report(Diagnostic.Create(Descriptors.PrecisionNeedsData, ModelLocation.Of(model)));
            return;
        }
        var gates = options.MaxDrop > 0 ? new QualityGates { MaxDrop = options.MaxDrop } : cx.Gates;
        var search = new BitAllocation(new TrialModels(model, cx), levels, cx.Meter, gates) { AverageBits = options.AverageBits, Policy = options.Policy };
        if (search.Find(cx) is not { } found)
        {
            // Says what is in the way of each.
            if (cx.Diagnostics.Count == 0) Quantize.WeightsOf(model, cx, levels[^1]);
            return;
        }
        var steps = new List<string?>();
        var parts = model.AllNodes().Where(n => search.PlaceOf(n) is { } p && found.ContainsKey(p)).GroupBy(n => found[search.PlaceOf(n)!.Value]).OrderBy(g => g.Key).Select(g => (Level: g.Key, Nodes: g.ToHashSet())).ToList();
        foreach (var (level, nodes) in parts) steps.Add(ResolvedStep.Of(Text(levels[level]), model, nodes));
        cx.Resolved = steps.Contains(null) ? null : string.Join(", ", steps);
        foreach (var (level, nodes) in parts)
        {
            cx.Narrowing = nodes.Contains;
            Quantize.WeightsOf(model, cx, levels[level]);
        }
        cx.Narrowing = null;
    }

    string Text(Quantize.Options level) => string.Create(CultureInfo.InvariantCulture, $"quantize{{weights={KebabCase.Of(level.Weights.ToString())}, method={KebabCase.Of(options.Method.ToString())}, block={options.Block}}}");
}
