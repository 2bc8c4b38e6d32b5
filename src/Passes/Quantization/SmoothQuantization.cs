using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Divides channels of an activation by <c>s = max|X|^α / max|W|^(1-α)</c> and multiplies the rows of all weights that they meet, where what makes the
/// activation can take the division up, and by a <c>Mul</c> elsewhere.
/// </summary>
sealed class SmoothQuantization(Equalize.Options options, PassContext cx)
{
    // Steps of the integers that activations and weights become.
    const int ActivationSteps = 255, WeightSteps = 127;

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
    public static double[] Factors(IReadOnlyList<double> activations, IReadOnlyList<double> weights, double alpha)
    {
        // A channel that stays below one step on these data may well be larger on others, where its factor should not make it an outlier.
        var floor = Math.Max(Least, activations.DefaultIfEmpty().Max() / ActivationSteps);
        return [.. activations.Zip(weights, (a, w) => Math.Pow(Math.Max(a, floor), alpha) / Math.Pow(Math.Max(w, Least), 1 - alpha))];
    }

    /// <summary>
    /// The square error to expect of 8-bit products, up to a common factor: that of activations with one step for all, times the weights, and that of
    /// weights with a step for each output, times the activations. <paramref name="outputs"/> holds the weights of every output.
    /// </summary>
    static double ExpectedError(ChannelStatistics seen, IReadOnlyList<double[]> outputs, double[]? factors)
    {
        var (least, most, energy) = (0.0, 0.0, 0.0);
        for (var c = 0; c < seen.Count; c++)
        {
            var factor = factors?[c] ?? 1;
            (least, most) = (Math.Min(least, seen.Least[c] / factor), Math.Max(most, seen.Most[c] / factor));
            // Between the square of the mean and that of the largest, both of which are far off where a channel is mostly silent.
            energy += (double)seen.Largest(c) * seen.MeanMagnitude(c) / (factor * factor);
        }
        var error = 0.0;
        foreach (var weights in outputs)
        {
            var (largest, squares) = (0.0, 0.0);
            for (var c = 0; c < weights.Length; c++)
            {
                var weight = weights[c] * (factors?[c] ?? 1);
                (largest, squares) = (Math.Max(largest, Math.Abs(weight)), squares + weight * weight);
            }
            error += Math.Pow((most - least) / ActivationSteps, 2) * squares + Math.Pow(largest / WeightSteps, 2) * energy;
        }
        return error;
    }

    /// <summary>Factors of the best among a few shares, or of the one that was asked for; null when none is better than no factors.</summary>
    double[]? Choose(ChannelStatistics seen, double[] largest, IReadOnlyList<double[]> outputs)
    {
        double[] activations = [.. Enumerable.Range(0, seen.Count).Select(c => (double)seen.Largest(c))];
        if (!options.Search) return Factors(activations, largest, options.Alpha);
        var best = (Factors: (double[]?)null, Error: ExpectedError(seen, outputs, null));
        foreach (var alpha in new[] { options.Alpha, options.Alpha / 2, (1 + options.Alpha) / 2 })
        {
            var factors = Factors(activations, largest, alpha);
            var error = ExpectedError(seen, outputs, factors);
            if (error < best.Error) best = (factors, error);
        }
        return best.Factors;
    }

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
        var outputs = sites.Zip(weights).SelectMany(p => Outputs(p.First, p.Second)).ToList();
        if (Choose(seen, largest, outputs) is not { } factors) return "8 bits would lose more with other scales";
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

    static IEnumerable<double[]> Outputs(WeightSite site, double[] values)
    {
        for (var output = 0; output < site.Channels; output++)
        {
            var weights = new double[site.Reduced];
            for (var c = 0; c < weights.Length; c++) weights[c] = values[site.IsTransposed ? c * site.Channels + output : output * site.Reduced + c];
            yield return weights;
        }
    }

    // The channel of the input that an element of the weights belongs to.
    static int Channel(WeightSite site, int element) => site.IsTransposed ? element / site.Channels : element % site.Reduced;
}
