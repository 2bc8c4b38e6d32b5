using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Passes.Sparsity;

/// <summary>Finds the largest sparsity that keeps accuracy and perplexity, by bisection; each trial runs a copy of the model on data.</summary>
/// <param name="model">The model, which is left as it is.</param>
/// <param name="cx">The running pass.</param>
/// <param name="options">Its options.</param>
/// <param name="change">What the pass does to a copy at a sparsity.</param>
sealed class SparsitySearch(Model model, PassContext cx, Sparsify.Options options, Action<Model, PassContext, double> change)
{
    // To a sixty-fourth of the target.
    const int Halvings = 6;
    const int Samples = 64;

    /// <summary>How much the perplexity grows at what was found; null where it was not measured.</summary>
    public double? Growth { get; private set; }

    /// <summary>The largest sparsity up to the target; the target itself where nothing can be measured, null when none will do.</summary>
    public double? Run()
    {
        if (cx.Calibrator is null || cx.Meter is not { } meter || cx.Gates is not { } gates) return options.Target;
        var bytes = ModelWriter.ToBytes(model);
        var reference = ModelReader.Read(bytes).OrThrow();
        if (meter.Prepare(reference) is not null) return options.Target;
        if (Allowed(options.Target)) return options.Target;
        var (low, high) = (0.0, options.Target);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (Allowed(middle)) low = middle;
            else high = middle;
        }
        return low > 0 ? low : null;

        bool Allowed(double sparsity)
        {
            var copy = ModelReader.Read(bytes).OrThrow();
            change(copy, cx.ForTrial(cx.Selects, null, _ => { }), sparsity);
            if (meter.Measure(reference, copy, Samples) is not { IsOk: true, Value: var deviation } || !gates.Allow(deviation)) return false;
            // What the model expects of its own choices: the divergence is how much the logarithm of the perplexity grows.
            var growth = deviation.Drop is null ? 0 : Math.Exp(deviation.Divergence) - 1;
            if (!(growth <= options.Perplexity)) return false;
            Growth = growth;
            return true;
        }
    }
}
