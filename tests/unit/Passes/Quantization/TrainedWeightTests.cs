using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Passes.Quantization.Weights;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;
using static Onnxc.Tests.Passes.Quantization.WeightModels;

namespace Onnxc.Tests.Passes.Quantization;

/// <summary>Methods against each other on trained weights, by the error of the output on data.</summary>
public sealed class TrainedWeightTests
{
    static readonly Lazy<(List<WeightSite> Sites, IReadOnlyDictionary<Value, double[]> Moments)> Trained = new(() =>
    {
        var model = ModelReader.Read(SharedData.Model("trained-text-lm/model.onnx")).OrThrow();
        var sites = model.Main.Nodes.Where(WeightSite.IsProduct).Select(n => WeightSite.Read(n, 16).Site).OfType<WeightSite>().ToList();
        // One layer of each kind from the beginning, the end, and the last product.
        sites = [.. sites[..7], .. sites[^8..]];
        var moments = WeightModels.TextSamples(model, 32).SecondMoments(model, [.. sites.Select(s => s.Input).Distinct()]).OrThrow();
        return (sites, moments);
    });

    static (double Output, double Weights) Errors(Quantize.Options options, WeightSite site, double[] moments, double[]? magnitudes = null)
    {
        var known = new WeightRounding.Knowledge(moments, magnitudes);
        var scales = WeightRounding.Scales(options, [site], known);
        var rounded = WeightRounding.Round(options, site, known, scales)!;
        void Read(int row, float[] values)
        {
            rounded.Matrix.ReadRow(row, values);
            for (var i = 0; i < values.Length; i++)
            {
                if (rounded.Inverse is { } inverse) values[i] *= inverse[i];
                if (rounded.LowRank is not { } low) continue;
                for (var r = 0; r < low.Rank; r++) values[i] += low.First[i * low.Rank + r] * low.Second[r * site.Channels + row];
            }
        }

        var (before, after, sum) = (new float[site.Reduced], new float[site.Reduced], 0.0);
        for (var row = 0; row < site.Channels; row++)
        {
            site.Matrix.ReadRow(row, before);
            Read(row, after);
            sum += before.Zip(after, (a, b) => Math.Pow(a - b, 2)).Sum();
        }
        return (OutputError.Of(site.Matrix, Read, moments), sum);
    }

    static List<(double Output, double Weights)> All(Quantize.Options options, bool withMagnitudes = false)
    {
        var (sites, moments) = Trained.Value;
        return [.. sites.Select(s =>
        {
            // The root of a second moment is as good a measure of size as a mean magnitude.
            var seen = moments[s.Input];
            var sizes = Enumerable.Range(0, s.Reduced).Select(i => Math.Sqrt(seen[i * s.Reduced + i])).ToArray();
            return Errors(options, s, seen, withMagnitudes ? sizes : null);
        })];
    }

    [Theory]
    [InlineData(WeightType.Int4, 32)]
    [InlineData(WeightType.Int4, 0)]
    [InlineData(WeightType.Int2, 32)]
    [InlineData(WeightType.E2m1, 32)]
    public void Error_feedback_beats_rounding_on_every_layer(WeightType type, int block)
    {
        var options = new Quantize.Options { Weights = type, Block = block };
        var (plain, fed) = (All(options), All(options with { Method = WeightMethod.Gptq }));
        Report($"{type} block {block}: output error of gptq / rtn", plain, fed);
        Assert.All(plain.Zip(fed), pair => Assert.True(pair.Second.Output < pair.First.Output, $"{pair.Second.Output:g4} is not below {pair.First.Output:g4}"));
    }

    [Theory]
    [InlineData(WeightType.Int4, 32)]
    [InlineData(WeightType.Int4, 128)]
    [InlineData(WeightType.Int2, 32)]
    public void Half_quadratic_zero_points_beat_whole_ones(WeightType type, int block)
    {
        var options = new Quantize.Options { Weights = type, Block = block, Symmetric = false };
        var (plain, better) = (All(options), All(options with { Method = WeightMethod.Hqq }));
        Report($"{type} block {block}: output error of hqq / asymmetric rtn", plain, better);
        Assert.All(plain.Zip(better), pair => Assert.True(pair.Second.Weights < pair.First.Weights));
        // It knows nothing of the data: with two bits one layer of these has smaller errors where they matter more.
        if (type != WeightType.Int2) Assert.True(better.Sum(e => e.Output) < plain.Sum(e => e.Output));
    }

    [Theory]
    [InlineData(WeightType.Int4, 32, 0.9)]
    [InlineData(WeightType.Int4, 0, 1)]
    public void Activation_aware_scales_beat_rounding(WeightType type, int block, double share)
    {
        var options = new Quantize.Options { Weights = type, Block = block };
        var (plain, better) = (All(options), All(options with { Method = WeightMethod.Awq }, withMagnitudes: true));
        Report($"{type} block {block}: output error of awq / rtn", plain, better);
        // Candidates are compared on some rows, so a layer may lose a little.
        Assert.All(plain.Zip(better), pair => Assert.True(pair.Second.Output < pair.First.Output * 1.03));
        Assert.True(better.Sum(e => e.Output) < share * plain.Sum(e => e.Output));
    }

    [Theory]
    [InlineData(WeightType.Int4, 8)]
    [InlineData(WeightType.E2m1, 8)]
    [InlineData(WeightType.Int4, 32)]
    public void Low_rank_compensation_lowers_the_error_of_every_layer(WeightType type, int rank)
    {
        var options = new Quantize.Options { Weights = type };
        var (plain, better) = (All(options), All(options with { LowRank = rank }));
        Report($"{type} rank {rank}: output error with compensation / without", plain, better);
        Assert.All(plain.Zip(better), pair => Assert.True(pair.Second.Weights < pair.First.Weights));
        Assert.All(plain.Zip(better), pair => Assert.True(pair.Second.Output < pair.First.Output));
    }

    static void Report(string what, List<(double Output, double Weights)> plain, List<(double Output, double Weights)> other) =>
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant(
            $"{what}: {other.Sum(e => e.Output) / plain.Sum(e => e.Output):f3} in all, layers {string.Join(" ", plain.Zip(other, (a, b) => FormattableString.Invariant($"{b.Output / a.Output:f2}")))}"));

    /// <summary>The whole pass, from data to a model that runs: bits per byte on text that it was not calibrated with.</summary>
    [Theory]
    [InlineData(WeightMethod.Rtn)]
    [InlineData(WeightMethod.Hqq)]
    [InlineData(WeightMethod.Gptq)]
    [InlineData(WeightMethod.Awq)]
    public void A_language_model_of_four_bits_still_predicts(WeightMethod method)
    {
        var path = SharedData.Model("trained-text-lm/model.onnx");
        var model = ModelReader.Read(path).OrThrow();
        var cx = Quantize(model, new() { Weights = WeightType.Int4, Method = method }, WeightModels.TextSamples(model, 32));
        Assert.True(cx.Changed > 20, $"{cx.Changed} changes; {string.Join(", ", cx.Skipped)}");
        var bits = BitsPerByte(model);
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant($"{method}: {bits:f4} bits/byte, {BitsPerByte(ModelReader.Read(path).OrThrow()):f4} before; {cx.Changed} changes"));
        Assert.InRange(bits, 2.1, 2.3);
    }

    static double BitsPerByte(Model model)
    {
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model)).OrThrow();
        var set = DataSet.Read(SharedData.Model("trained-text-lm/eval.npz"), loaded.Inputs, loaded.Outputs).OrThrow();
        var labels = TensorNumbers.Read(set.Labels!);
        var (sum, at) = (0.0, 0);
        foreach (var batch in set.Batches(loaded.Inputs, 16))
        {
            var logits = ((TensorValue)loaded.Run(batch.Inputs).OrThrow()[loaded.Outputs[0].Name]).Data;
            foreach (var row in TensorNumbers.Read(logits).Chunk((int)logits.Dims[^1]))
            {
                var most = row.Max();
                sum += (most + Math.Log(row.Sum(v => Math.Exp(v - most))) - row[(int)labels[at++]]) / Math.Log(2);
            }
        }
        return sum / at;
    }
}
