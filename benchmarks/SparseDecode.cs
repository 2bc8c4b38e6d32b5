using System.Diagnostics;
using System.Text;
using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Benchmarks;

/// <summary>
/// Goes on with texts byte by byte: <c>prefill</c> reads a text once and hands the weights of its core neurons to <c>decode</c>, whose inputs they are.
/// The dense model reads the same windows in turns with it; the best run of each side counts, which others on the machine disturb least.
/// </summary>
static class SparseDecode
{
    const string Ids = "input_ids", Scores = "logits";

    public static void Run(string dense, string prefill, string decode, string data, int tokens)
    {
        using var whole = OrtModel.Load(dense).OrThrow();
        using var first = OrtModel.Load(prefill).OrThrow();
        using var next = OrtModel.Load(decode).OrThrow();
        var prompts = DataSet.Read(data, whole.Inputs, whole.Outputs).OrThrow().Batches(whole.Inputs, 1, 4).ToList();
        var (denseTimes, sparseTimes, prefillTimes, same, all) = (new List<double>(), new List<double>(), new List<double>(), 0, 0);
        foreach (var prompt in prompts)
        {
            var window = ((TensorValue)prompt.Inputs[Ids]).Data.ToArray<long>();
            var start = window.Length;
            var handed = Timed(first, prompt.Inputs, first.Outputs.Select(o => o.Name), prefillTimes);
            // Bound once for the whole text.
            var inputs = next.Inputs.Where(i => i.Name != Ids).ToDictionary(i => i.Name, i => handed[i.Name], StringComparer.Ordinal);
            var text = new List<long>();
            for (var i = 0; i < tokens; i++)
            {
                inputs[Ids] = new TensorValue(TensorData.Int64s(window, 1, start));
                var chosen = Best(Timed(next, inputs, [Scores], sparseTimes));
                var expected = Best(Timed(whole, new Dictionary<string, RuntimeValue> { [Ids] = inputs[Ids] }, [Scores], denseTimes));
                if (chosen == expected) same++;
                all++;
                text.Add(chosen);
                window = [.. window[1..], chosen];
            }
            Tool.Print($"… {Text(window.SkipLast(tokens).TakeLast(24))} | {Text(text)}");
        }
        Tool.Print($"prefill {prefillTimes.Min():f2} ms, dense {denseTimes.Min():f3} ms a byte, core neurons {sparseTimes.Min():f3} ms a byte, {denseTimes.Min() / sparseTimes.Min():f2} times");
        Tool.Print($"medians {Measurement.Median(denseTimes):f3} and {Measurement.Median(sparseTimes):f3} ms; the same byte chosen in {same} of {all} windows");
    }

    static Dictionary<string, RuntimeValue> Timed(OrtModel model, IReadOnlyDictionary<string, RuntimeValue> inputs, IEnumerable<string> wanted, List<double> times)
    {
        var watch = Stopwatch.StartNew();
        var outputs = model.Run(inputs).OrThrow();
        times.Add(watch.Elapsed.TotalMilliseconds);
        return wanted.ToDictionary(n => n, n => outputs[n], StringComparer.Ordinal);
    }

    static long Best(Dictionary<string, RuntimeValue> outputs)
    {
        var (scores, width) = (((TensorValue)outputs[Scores]).Data.ToArray<float>(), (int)((TensorValue)outputs[Scores]).Data.Dims[^1]);
        var last = scores.AsSpan(scores.Length - width);
        var best = 0;
        for (var i = 1; i < width; i++)
            if (last[i] > last[best]) best = i;
        return best;
    }

    static string Text(IEnumerable<long> bytes) => Encoding.Latin1.GetString([.. bytes.Select(b => b < 32 ? (byte)' ' : (byte)b)]);
}
