using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Serialization;

namespace Onnxc.Passes.Sparsity;

/// <summary>Finds the largest sparsity that keeps accuracy and perplexity, by bisection; each trial runs a copy of the model on data.</summary>
sealed class SparsitySearch(Model model, PassContext cx, Sparsify.Options options)
{
    // To a sixty-fourth of the target.
    const int Halvings = 6;
    const int Samples = 64;

    /// <summary>Settings of sites; none when no sparsity will do.</summary>
    public IReadOnlyDictionary<SparseSite, SparseSetting> Run(SparsityProfile profile)
    {
        var wanted = profile.At(options.Target);
        if (options.Predicate == SparsityPredicate.Zeros || cx.Calibrator is null || cx.Meter is not { } meter || cx.Gates is not { } gates) return wanted;
        var bytes = ModelWriter.ToBytes(model);
        var reference = ModelReader.Read(bytes).OrThrow();
        if (meter.Prepare(reference) is not null) return wanted;
        var (best, growth, low, high) = (Empty, 0.0, 0.0, options.Target);
        for (var i = 0; i <= Halvings; i++)
        {
            var sparsity = i == 0 ? high : (low + high) / 2;
            var settings = i == 0 ? wanted : profile.At(sparsity);
            if (Try(settings) is { } cost) (best, growth, low) = (settings, cost, sparsity);
            else high = sparsity;
            if (low == high) break;
        }
        if (best.Count > 0)
        {
            var (idle, all) = (best.Sum(s => s.Key.Weights * s.Value.Sparsity), best.Sum(s => s.Key.Weights));
            cx.Report(Diagnostic.Create(Descriptors.Sparsified, null, string.Create(CultureInfo.InvariantCulture,
                $"{idle / all:p1} of what {best.Count} places read is left out ({best.Min(s => s.Value.Sparsity):p0} to {best.Max(s => s.Value.Sparsity):p0}), perplexity {growth:+0.00%;-0.00%}")));
        }
        return best;

        double? Try(IReadOnlyDictionary<SparseSite, SparseSetting> settings)
        {
            var copy = ModelReader.Read(bytes).OrThrow();
            var order = new NodeOrder(model);
            var byPlace = settings.ToDictionary(s => order.PlaceOf(s.Key.Product.Node)!.Value, s => s.Value);
            new Sparsify(options).Apply(copy, cx.ForTrial(cx.Selects, null, _ => { }), byPlace);
            if (meter.Measure(reference, copy, Samples) is not { IsOk: true, Value: var deviation } || !gates.Allow(deviation)) return null;
            // What the model expects of its own choices: the divergence is how much the logarithm of the perplexity grows.
            var expected = deviation.Drop is null ? 0 : Math.Exp(deviation.Divergence) - 1;
            return expected <= options.Perplexity ? expected : null;
        }
    }

    static readonly IReadOnlyDictionary<SparseSite, SparseSetting> Empty = new Dictionary<SparseSite, SparseSetting>();
}
