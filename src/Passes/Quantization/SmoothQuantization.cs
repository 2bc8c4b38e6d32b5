using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Divides channels of an activation by <c>s = max|X|^α / max|W|^(1-α)</c> and multiplies the rows of all weights that they meet, where what makes the
/// activation can take the division up, and by a <c>Mul</c> elsewhere.
/// </summary>
sealed class SmoothQuantization(double alpha, PassContext cx)
{
    // Ranges below this would make factors without bounds.
    const double Least = 1e-5;

    public void Run(Model model)
    {
        // How heads lie in an axis follows from shapes.
        cx.InferTypes(model);
        var groups = Sites(model).GroupBy(s => s.Input).Select(g => g.ToList()).ToList();
        if (groups.Count == 0) return;
        var calibrator = cx.Calibrator ?? throw new DiagnosticException(Diagnostic.Create(Descriptors.WeightMethodNeedsData, null, "smooth-quant"));
        var statistics = calibrator.Observe(model, [.. groups.Select(g => new Observation(g[0].Input, -1))]).OrThrow();
        foreach (var group in groups)
        {
            var reason = Smooth(group, statistics.GetValueOrDefault(group[0].Input)?.Channels);
            if (reason is not null) cx.Skip(reason);
        }
    }

    /// <summary>The factors of an activation with these ranges.</summary>
    public static double[] Factors(IReadOnlyList<double> activations, IReadOnlyList<double> weights, double alpha) =>
        [.. activations.Zip(weights, (a, w) => Math.Pow(Math.Max(a, Least), alpha) / Math.Pow(Math.Max(w, Least), 1 - alpha))];

    IEnumerable<WeightSite> Sites(Model model)
    {
        foreach (var node in model.Main.Nodes.Where(n => WeightSite.IsProduct(n) && cx.Selects(n)).ToList())
        {
            var (site, reason) = WeightSite.Read(node, 1);
            if (reason is null && (!FloatingTensor.CanWrite(site!.Data.Element) || site.Data.ByteLength > int.MaxValue)) reason = "the weights have a strange form";
            if (reason is null && site!.Weight.UseCount > 1) reason = "the weights are used elsewhere";
            if (reason is not null) cx.Skip(reason);
            else yield return site!;
        }
    }

    string? Smooth(List<WeightSite> sites, ChannelStatistics? seen)
    {
        var (input, channels) = (sites[0].Input, sites[0].Reduced);
        if (seen is null || seen.Count != channels || sites.Exists(s => s.Reduced != channels)) return "the data do not show the channels of the input";
        var largest = new double[channels];
        var weights = sites.ConvertAll(s => FloatingTensor.Read(s.Data));
        foreach (var (site, values) in sites.Zip(weights))
            for (var i = 0; i < values.Length; i++) largest[Channel(site, i)] = Math.Max(largest[Channel(site, i)], Math.Abs(values[i]));
        var factors = Factors([.. Enumerable.Range(0, channels).Select(c => (double)seen.Largest(c))], largest, alpha);
        var scaled = new List<TensorData>();
        foreach (var (site, values) in sites.Zip(weights))
        {
            for (var i = 0; i < values.Length; i++) values[i] *= factors[Channel(site, i)];
            if (FloatingTensor.Write(site.Data.Element, site.Data.Dims, values) is not { } tensor) return "a weight is not finite";
            scaled.Add(tensor);
        }
        double[] inverse = [.. factors.Select(f => 1 / f)];
        if (FloatingTensor.Write(sites[0].Data.Element, [channels], inverse) is not { } divisor) return "a factor is not finite";
        // All sites at once: they have the same factors.
        if (!cx.TryStep(sites[0].Node, "smooth")) return null;
        if (!ChannelFold.TryFold(input, inverse, [.. sites.Select(s => s.Node)]))
        {
            var builder = new GraphBuilder(sites[0].Node.Graph, sites[0].Node, "equalize");
            var divided = builder.Op("Mul", [input, builder.Constant(divisor)]);
            divided.SetType(input.Type, input.TypeIsInferred);
            foreach (var site in sites) site.Node.SetInput(0, divided);
        }
        foreach (var (site, tensor) in sites.Zip(scaled)) ValueStore.Exchange(site.Node, 1, tensor);
        return null;
    }

    // The channel of the input that an element of the weights belongs to.
    static int Channel(WeightSite site, int element) => site.IsTransposed ? element / site.Channels : element % site.Reduced;
}
