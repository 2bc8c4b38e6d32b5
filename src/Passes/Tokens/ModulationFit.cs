using System.Collections.Immutable;
using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>
/// Fits the weights of PYRA without gradients: block by block, an evolution strategy of one parent changes them at random, and keeps what brings the
/// outputs nearer to those of the model as it was. Samples that the fit did not look at decide whether it is used.
/// </summary>
sealed class ModulationFit(Model model, PassContext cx, MergeTokens.Options options, Func<BlockChain, ImmutableArray<long>> pairs)
{
    const int Rows = 3, Columns = 4;
    const float FirstStep = 0.5f, Longer = 1.5f, Shorter = 0.8f;

    readonly List<Modulation> modulations = [];
    readonly List<int> places = [];

    /// <summary>The weights by block; null where they would not help.</summary>
    public IReadOnlyDictionary<int, Modulation>? Run()
    {
        if (cx.Meter is not { } meter || TokenMerging.Chains(model, cx) is not [var chain]) return Nothing("there are no data, or several encoders, to fit to; merges are not modulated");
        var trials = new MergeTrials(model, cx, meter);
        if (trials.Prepare() is { } failure) throw new DiagnosticException(failure);
        var copy = trials.Merge(options, pairs, (block, place, count) =>
        {
            modulations.Add(Modulation.Neutral(count, block.Width));
            places.Add(place);
            return modulations[^1];
        });
        var nodes = copy.Main.Nodes.Where(n => n.Op.Name == "ModulatedMerge").ToList();
        if (nodes.Count != modulations.Count || nodes.Count == 0 || chain.Blocks[0].Residual.Graph != model.Main) return Nothing("nothing merges that could be fitted");

        var (seen, plain, plainAll) = (options.Samples, Divergence(options.Samples), Divergence(2 * options.Samples));
        if (double.IsNaN(plain)) return Nothing("there are no data to fit to; merges are not modulated");
        var (best, random) = (plain, new Random(1));
        for (var i = 0; i < nodes.Count; i++) best = Fit(nodes[i], i, best, random);
        var all = Divergence(2 * seen);
        // The mean over both halves and that over the first tell the second.
        var (others, plainOthers) = (2 * all - best, 2 * plainAll - plain);
        cx.Report(Diagnostic.Create(Descriptors.MergeFit, null, string.Create(CultureInfo.InvariantCulture,
            $"divergence {plain:0.#####} -> {best:0.#####} on {seen} samples of the fit, {plainOthers:0.#####} -> {others:0.#####} on as many others")));
        return others < plainOthers ? places.Zip(modulations).ToDictionary(p => p.First, p => p.Second) : null;

        double Divergence(int samples) => trials.Divergence(copy, samples);

        double Fit(Node node, int index, double known, Random source)
        {
            var step = FirstStep;
            for (var t = 0; t < options.Trials; t++)
            {
                var parent = modulations[index];
                Set(node, index, parent with { Rows = Changed(parent.Rows, step, source), Columns = Changed(parent.Columns, step, source) });
                if (Divergence(seen) is var tried && tried < known) (known, step) = (tried, step * Longer);
                else
                {
                    Set(node, index, parent);
                    step *= Shorter;
                }
            }
            return known;
        }
    }

    // A step of this length for a row of the norm, whose elements have a variance of one.
    static float[] Changed(float[] values, float step, Random random) =>
        [.. values.Select(v => v + step / MathF.Sqrt(values.Length) * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    void Set(Node node, int index, Modulation modulation)
    {
        modulations[index] = modulation;
        foreach (var (slot, values) in new[] { (Rows, modulation.Rows), (Columns, modulation.Columns) })
        {
            var old = node.Input(slot)!;
            node.SetInput(slot, node.Graph.AddInitializer(old.Name, FloatingType.Write(old.ElementType!.Value, [values.Length], values)));
            node.Graph.RemoveInitializer(old);
        }
    }

    IReadOnlyDictionary<int, Modulation>? Nothing(string reason)
    {
        cx.Report(Diagnostic.Create(Descriptors.MergeFit, null, reason));
        return null;
    }
}
