using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Experts;

/// <summary>
/// Weights of experts in few bits, more of them for those experts that a score says are worth it (QuantMoE-Bench, Li et al., 2024). Writes grouped products,
/// since one node of ONNX Runtime's <c>QMoE</c> has one number of bits.
/// </summary>
[Pass("quantize-experts", "Quantizes experts, with more bits for those that matter more.", Numerics = Numerics.Approximate)]
public sealed class QuantizeExperts(QuantizeExperts.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Type of the weights of experts with a high score.")] public WeightType High { get; init; } = WeightType.Int4;
        [Option("Type of the weights of the others.")] public WeightType Low { get; init; } = WeightType.Int2;
        [Option("Mean bits of a weight, between those of both types.")] public double Average { get; init; } = 3;
        [Option("What runs the experts.")] public QuantizedForm Form { get; init; }
        [Option("What tells the experts apart.")] public ExpertScore By { get; init; }
        [Option("Gives the high type to low scores instead.")] public bool Ascending { get; init; }
        [Option("How weights are rounded.")] public WeightMethod Method { get; init; } = WeightMethod.Rtn;
        [Option("Weights that share a scale, along the reduced axis.")] public int Block { get; init; } = 32;
        [Option("Weights have no zero point.")] public bool Symmetric { get; init; } = true;
    }

    Quantize.Options With(WeightType type) => new() { Weights = type, Method = options.Method, Block = options.Block, Symmetric = options.Symmetric };

    public override void Run(Model model, PassContext cx)
    {
        if (Problem() is { } problem) throw new DiagnosticException(Diagnostic.Create(Descriptors.ExpertBitsUnfit, null, problem));
        var layers = ExpertObservation.Layers(model);
        if (layers.Count == 0)
        {
            cx.Skip("there are no nodes of `find-experts` in the main graph");
            return;
        }
        if (options.By != ExpertScore.Outliers && cx.Calibrator is null) throw new DiagnosticException(Diagnostic.Create(Descriptors.ExpertScoresNeedData, null, KebabCase.Of(options.By.ToString())));
        var high = Chosen(model, layers, cx);
        var products = new List<(Node Node, bool IsHigh)>();
        var (weights, sum) = (0.0, 0.0);
        for (var i = 0; i < layers.Count; i++)
        {
            var node = layers[i];
            if (!cx.Selects(node)) continue;
            if (ExpertLayer.Read(node) is not { } layer) cx.Skip("the weights are not constant");
            else if (Obstacle(layer) is { } reason) cx.Skip(reason);
            else if (cx.TryStep(node, "quantize experts"))
            {
                var all = Enumerable.Range(0, layer.Experts).ToList();
                var place = i;
                var more = all.Where(e => high.Contains((place, e))).ToHashSet();
                var builder = new GraphBuilder(node.Graph, node, "experts");
                var result = options.Form == QuantizedForm.Qmoe ? Fused(layer, builder, [.. more.Order()], [.. all.Except(more)])
                    : GroupedForm.Write(layer, builder, (e, made) => products.AddRange(made.Select(m => (m, more.Contains(e)))));
                if (result is null)
                {
                    cx.Skip("a weight is not finite");
                    continue;
                }
                (weights, sum) = (weights + layer.Experts, sum + more.Count * options.High.Bits() + (layer.Experts - more.Count) * options.Low.Bits());
                result.Producer!.CopyMetadata(node);
                node.Graph.Substitute(node.Output, result);
                ExpertNodes.Remove(node);
            }
        }
        Quantize(model, products, cx);
        if (cx.Meter is not null && weights > 0) cx.Report(Diagnostic.Create(Descriptors.ExpertBits, null, (sum / weights).ToString("0.###", CultureInfo.InvariantCulture), high.Count));
    }

    string? Obstacle(ExpertLayer layer) => options.Form == QuantizedForm.Grouped ? GroupedForm.Obstacle(layer) : QmoeForm.Obstacle(layer, With(options.High)) ?? QmoeForm.Obstacle(layer, With(options.Low));

    // One node for those that have more bits, and one for the others.
    Value? Fused(ExpertLayer layer, GraphBuilder builder, IReadOnlyList<int> more, IReadOnlyList<int> fewer)
    {
        var parts = new List<Value>();
        foreach (var (experts, type) in new[] { (more, options.High), (fewer, options.Low) })
        {
            if (experts.Count == 0) continue;
            if (QmoeForm.Write(layer, builder, experts, With(type)) is not { } part) return null;
            parts.Add(part);
        }
        return parts is [var first, var second] ? builder.Op("Add", [first, second]) : parts[0];
    }

    void Quantize(Model model, List<(Node Node, bool IsHigh)> products, PassContext cx)
    {
        foreach (var isHigh in (bool[])[true, false])
        {
            var part = products.Where(p => p.IsHigh == isHigh).Select(p => p.Node).ToHashSet();
            if (part.Count == 0) continue;
            var inner = cx.ForTrial(part.Contains, cx.Calibrator, _ => { });
            new WeightOnlyQuantizer(With(isHigh ? options.High : options.Low), inner).Run(model);
            foreach (var (reason, count) in inner.Skipped)
                for (var i = 0; i < count; i++) cx.Skip(reason);
        }
    }

    string? Problem()
    {
        if (!options.High.IsInteger() || !options.Low.IsInteger()) return "`high` and `low` are integers";
        var (high, low) = (options.High.Bits(), options.Low.Bits());
        if (high < low) return "`high` has fewer bits than `low`";
        if (options.Average < low || options.Average > high) return string.Create(CultureInfo.InvariantCulture, $"`average` is {options.Average}, but must be between {low} and {high}");
        return WeightOptions.Problem(With(options.High)) ?? WeightOptions.Problem(With(options.Low));
    }

    // The places of the experts that get more bits: as many as the average allows, the best scores first.
    HashSet<(int Layer, int Expert)> Chosen(Model model, List<Node> nodes, PassContext cx)
    {
        var layers = nodes.ConvertAll(ExpertLayer.Read);
        var scores = options.By switch
        {
            ExpertScore.Frequency => ExpertObservation.Loads(model, cx.Calibrator!),
            ExpertScore.Cosine => [.. ExpertObservation.Cosines(model, cx.Calibrator!).Select((c, i) => Enumerable.Repeat(-c, layers[i]?.Experts ?? 0).ToArray())],
            ExpertScore.Error => [.. ExpertObservation.Loads(model, cx.Calibrator!).Select((loads, i) => loads.Select((load, e) => load * Gained(layers[i]!, e)).ToArray())],
            _ => layers.ConvertAll(l => l is null ? [] : Enumerable.Range(0, l.Experts).Select(e => Outliers(l, e)).ToArray()),
        };
        var all = scores.SelectMany((s, i) => s.Select((score, e) => (Layer: i, Expert: e, Score: double.IsNaN(score) ? 0 : options.Ascending ? -score : score))).OrderByDescending(s => s.Score).ToList();
        var (high, low) = (options.High.Bits(), options.Low.Bits());
        var count = high == low ? all.Count : (int)Math.Round(all.Count * (options.Average - low) / (high - low));
        return [.. all.Take(count).Select(s => (s.Layer, s.Expert))];
    }

    double Gained(ExpertLayer layer, int expert) => RoundingError.Of(layer, expert, With(options.Low)) - RoundingError.Of(layer, expert, With(options.High));

    static double Outliers(ExpertLayer layer, int expert) =>
        new[] { layer.Gate, layer.Up, layer.Down }.OfType<Value>().Max(v =>
        {
            var part = ExpertTensor.Part(v.Constant!, expert);
            var values = new float[part.ElementCount];
            FloatingType.Read(part.Element, part.Bytes, values);
            return OutlierScore.Of(values, (int)part.Dims[0], (int)part.Dims[1]);
        });
}
