namespace Onnxc.Passes.Experts;

/// <summary>Experts that stand one after the other, each with matrices of its own: a loop that the exporter unrolled.</summary>
static class UnrolledExperts
{
    /// <summary>The layer that a sum of terms is, and why it is none.</summary>
    public static (FoundExperts? Found, string? Reason) Read(IReadOnlyList<ExpertTerm> terms)
    {
        var first = terms[0];
        var ordered = terms.OrderBy(t => t.Expert).ToList();
        if (terms.Any(t => !ReferenceEquals(t.Input, first.Input))) return (null, "the experts have different inputs");
        if (terms.Any(t => !ReferenceEquals(t.Weights, first.Weights) || !ReferenceEquals(t.Indices, first.Indices))) return (null, "the experts have different routers");
        if (ordered.Where((t, i) => t.Expert != i).Any()) return (null, "an expert is missing or stands there twice");
        if (terms.Any(t => t.Network.Form != first.Network.Form)) return (null, "the experts do not compute the same function");
        if (Stack(ordered, n => n.Up) is not { } up || Stack(ordered, n => n.Down) is not { } down) return (null, "the experts have different sizes");
        var gate = first.Network.Form.IsGated ? Stack(ordered, n => n.Gate!) : null;
        if (first.Network.Form.IsGated && gate is null) return (null, "the experts have different sizes");
        if (up.Matrix.Dims[1] == 0 || down.Matrix.Dims[1] != up.Matrix.Dims[2]) return (null, "the experts have different sizes");
        return (new(first.Network.Form, first.Input, new(first.Indices, first.Weights, false), gate, up, down, [.. terms.Select(t => t.Network)]), null);
    }

    static StackedMap? Stack(IReadOnlyList<ExpertTerm> terms, Func<ExpertNetwork, LinearMap> part)
    {
        var maps = terms.Select(t => part(t.Network)).ToList();
        var matrices = maps.ConvertAll(m => m.Matrix);
        if (matrices.Exists(m => m.Dims.Length != 2 || m.Element != matrices[0].Element || !m.Dims.SequenceEqual(matrices[0].Dims))) return null;
        var biases = maps.ConvertAll(m => m.Bias);
        if (biases.TrueForAll(b => b is null)) return new(ExpertTensor.Stack(matrices), null, null);
        if (biases.Exists(b => b is null || b.ElementCount != matrices[0].Dims[1])) return null;
        return new(ExpertTensor.Stack(matrices), ExpertTensor.Stack(biases.ConvertAll(b => ExpertTensor.Reshape(b!, 1, b!.ElementCount))), null);
    }
}
