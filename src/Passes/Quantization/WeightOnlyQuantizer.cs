using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>Quantizes the weights of products and embeddings; activations stay as they are.</summary>
sealed class WeightOnlyQuantizer(Quantize.Options options, PassContext cx)
{
    // Second moments of inputs are held at once up to this size.
    const long MostMomentBytes = 1L << 30;

    // Rounded weights by weight, orientation, factor of the product and, where data decide, input.
    readonly Dictionary<(Value Weight, bool IsTransposed, float Alpha, Value? Input), QuantizedWeight> rounded = [];

    readonly TokenQuantizer tokens = new();

    bool NeedsData => options.Method is WeightMethod.Gptq or WeightMethod.Awq;

    public void Run(Model model)
    {
        var sites = new List<WeightSite>();
        foreach (var node in model.Bodies().ToList().SelectMany(b => b.Nodes.ToList()))
        {
            if (!cx.Selects(node)) continue;
            if (node.Op.Is("Gather")) EmbeddingQuantizer.Visit(node, options, cx);
            if (SparseQuantizer.Takes(node)) SparseQuantizer.Visit(node, options, cx);
            if (!WeightSite.IsProduct(node)) continue;
            var (site, reason) = WeightSite.Read(node, options.Least);
            reason ??= ProductWriter.Obstacle(options, site!);
            if (reason is null && NeedsData) reason = NoData(site!);
            if (reason is not null) cx.Skip(reason);
            else sites.Add(site!);
        }
        if (NeedsData) RunWithData(model, sites);
        else
            foreach (var site in sites) Quantize([site], null);
    }

    static string? NoData(WeightSite site) =>
        site.Node.Graph.Owner is not null || site.Node.Graph.IsFunctionBody ? "the data show values of the main graph alone, and this is another"
        : (long)site.Reduced * site.Reduced * sizeof(double) > MostMomentBytes ? "the second moments of the input would not fit into memory"
        : null;

    void RunWithData(Model model, List<WeightSite> sites)
    {
        if (sites.Count == 0) return;
        var calibrator = cx.Calibrator ?? throw new DiagnosticException(Diagnostic.Create(Descriptors.WeightMethodNeedsData, null, KebabCase.Of(options.Method.ToString())));
        var groups = sites.GroupBy(s => s.Input).Select(g => g.ToList()).ToList();
        while (groups.Count > 0)
        {
            // As many inputs as fit, in one run of the data.
            var (count, bytes) = (0, 0L);
            while (count < groups.Count && (count == 0 || bytes + Size(groups[count]) <= MostMomentBytes)) bytes += Size(groups[count++]);
            var inputs = groups.Take(count).Select(g => g[0].Input).ToList();
            var moments = calibrator.SecondMoments(model, inputs).OrThrow();
            var statistics = options.Method == WeightMethod.Awq ? calibrator.Observe(model, [.. inputs.Select(i => new Observation(i, -1))]).OrThrow() : null;
            for (var i = 0; i < count; i++)
            {
                Quantize(groups[i], Known(groups[i][0], inputs[i], moments, statistics));
            }
            groups.RemoveRange(0, count);
        }

        static long Size(List<WeightSite> group) => (long)group[0].Reduced * group[0].Reduced * sizeof(double);
    }

    static WeightRounding.Knowledge? Known(WeightSite site, Value input, IReadOnlyDictionary<Value, double[]> moments, IReadOnlyDictionary<Value, ValueStatistics>? statistics)
    {
        if (!moments.TryGetValue(input, out var seen) || seen.LongLength != (long)site.Reduced * site.Reduced || Array.Exists(seen, v => !double.IsFinite(v))) return null;
        var channels = statistics?.GetValueOrDefault(input)?.Channels;
        return new(seen, channels?.Count == site.Reduced ? [.. Enumerable.Range(0, channels.Count).Select(channels.MeanMagnitude)] : null);
    }

    // Sites that have the same input.
    void Quantize(IReadOnlyList<WeightSite> sites, WeightRounding.Knowledge? known)
    {
        if (NeedsData && (known is null || (options.Method == WeightMethod.Awq && known.Magnitudes is null)))
        {
            foreach (var _ in sites) cx.Skip("the data do not show the input");
            return;
        }
        var scales = WeightRounding.Scales(options, sites, known);
        var accepted = new List<(WeightSite Site, QuantizedWeight Weight)>();
        foreach (var site in sites)
        {
            var key = (site.Weight, site.IsTransposed, options.Form == WeightForm.Portable ? 1 : site.Alpha, NeedsData ? site.Input : null);
            if (!rounded.TryGetValue(key, out var weight) && WeightRounding.Round(options, site, known, scales) is { } made) rounded[key] = weight = made;
            if (weight is null) cx.Skip("a weight is not finite");
            else if (cx.TryStep(site.Node, "quantize weights")) accepted.Add((site, weight));
        }
        if (accepted.Count == 0) return;
        var scaled = accepted[0].Weight.Inverse is { } inverse ? Scale(accepted[0].Site, inverse, [.. accepted.Select(a => a.Site.Node)]) : null;
        foreach (var (site, weight) in accepted)
        {
            var input = options.Activations == ActivationType.E4m3 ? tokens.Round(scaled ?? site.Input, site.Node, site.Data.Element) : scaled;
            new ProductWriter(options, site, weight, input).Write();
            ValueStore.RemoveUnused(site.Weight);
        }
    }

    Value Scale(WeightSite site, float[] inverse, IReadOnlyCollection<Node> consumers)
    {
        // Low-rank factors multiply the input as it was.
        if (options.LowRank == 0 && ChannelFold.TryFold(site.Input, Array.ConvertAll(inverse, v => (double)v), consumers)) return site.Input;
        var builder = new GraphBuilder(site.Node.Graph, site.Node, "quantize");
        var scaled = builder.Op("Mul", [site.Input, builder.Constant(FloatingType.Write(site.Data.Element, [inverse.Length], inverse))]);
        scaled.SetType(site.Input.Type, site.Input.TypeIsInferred);
        return scaled;
    }
}
