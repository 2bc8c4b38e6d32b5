using Onnxc.Cli.Output;
using Onnxc.Compilation;
using Onnxc.Runtime;

namespace Onnxc.Benchmarks;

/// <summary>What factoring, few bits and pruning of experts cost a trained text model: bits per byte on data that it was not calibrated with.</summary>
static class ExpertQuality
{
    // Ranks of one projection for all experts, and of one for each, that have as many weights.
    static readonly (int Joint, int Single)[] Ranks = [(113, 80), (90, 64), (68, 48), (45, 32), (23, 16)];

    static readonly string[] Bits =
    [
        "high=int4, low=int4, average=4, by=outliers", "high=int8, low=int2, average=4, by=frequency", "high=int8, low=int4, average=5, by=frequency", "high=int8, low=int4, average=5, by=frequency, ascending=true",
        "average=3, by=frequency", "average=3, by=frequency, ascending=true", "average=3, by=outliers", "average=3, by=outliers, ascending=true", "average=3, by=cosine", "average=3, by=cosine, ascending=true",
        "high=int2, low=int2, average=2, by=outliers", "average=3, by=error",
    ];

    // Bits of a weight with its share of a scale of 32 bits: the first of a row has one type and small blocks, the others two types, large blocks, and no more bits.
    static readonly (double Stored, string Uniform, string[] Mixed)[] EqualBits =
    [
        (3, "high=int2, low=int2, average=2, by=outliers, block=32", [.. Scores.Select(s => $"average=2.75, block=128, {s}")]),
        (4, "high=int2, low=int2, average=2, by=outliers, block=16", [.. Scores.Select(s => $"average=3.75, block=128, {s}")]),
        (5, "high=int4, low=int4, average=4, by=outliers, block=32", [.. Scores.Select(s => $"high=int8, low=int4, average=4.75, block=128, {s}")]),
        (6, "high=int4, low=int4, average=4, by=outliers, block=16", [.. Scores.Select(s => $"high=int8, low=int4, average=5.75, block=128, {s}")]),
    ];

    static IEnumerable<string> Scores => ["by=error", "by=outliers", "by=frequency", "by=frequency, ascending=true"];

    static readonly string[] Prunings = ["method=cfsp, share=0.25, multiple=8", "method=cfsp-rows, share=0.25, multiple=8", "method=cfsp, share=0.25, multiple=8, coarse=false", "method=weights, share=0.25, multiple=8"];

    public static void Run(string folder, string? plot)
    {
        var home = Directory.CreateTempSubdirectory("onnxc-experts-");
        var (source, target) = (Path.Combine(folder, "model.onnx"), Path.Combine(home.FullName, "model.onnx"));
        double Measure(string step)
        {
            var options = new CompileOptions { Input = source, Output = target, Pipeline = $"find-experts, {step}, lower-experts, prune-functions", Data = Path.Combine(folder, "calib.npz"), DataLimit = 64, Check = false, Gates = null };
            var result = Compiler.Compile(options);
            return result.Succeeded ? BitsPerByte(target, folder) : throw new InvalidOperationException(string.Join('\n', result.Diagnostics));
        }

        Tool.Print($"as it is: {BitsPerByte(source, folder):f4} bits per byte");
        Console.WriteLine("| rank, shared | one for all | pairs, by angles | activation-aware | rank, by itself | each by itself | two phases |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var curves = new OrderedDictionary<string, List<(double, double, double, double)>>();
        foreach (var (joint, single) in Ranks)
        {
            var (all, aware) = (Measure($"factor-experts{{rank={joint}}}"), Measure($"factor-experts{{rank={joint}, activation-aware=true}}"));
            var pairs = Measure($"factor-experts{{rank={PairRank(joint)}, group=2, grouping=angles}}");
            var (each, phases) = (Measure($"factor-experts{{rank={single}, group=1}}"), Measure($"factor-experts{{rank={joint}, step1={joint}}}"));
            Tool.Print($"| {joint} | {all:f4} | {pairs:f4} (rank {PairRank(joint)}) | {aware:f4} | {single} | {each:f4} | {phases:f4} |");
            foreach (var (name, bits) in new[] { ("one for all", all), ("pairs, by angles", pairs), ("one for all, weighed by data", aware), ("each by itself", each), ("two phases", phases) })
            {
                if (!curves.TryGetValue(name, out var curve)) curves[name] = curve = [];
                curve.Add((joint, bits, bits, bits));
            }
        }
        if (plot is not null) Draw(plot, [.. curves.Select(c => new LineChart.Series(c.Key, c.Value))]);
        foreach (var method in new[] { "rtn", "hqq" })
            foreach (var bits in Bits)
            {
                if (method == "hqq" && bits.Contains("int8", StringComparison.Ordinal)) continue;
                Tool.Print($"quantize-experts{{{bits}, method={method}}}: {Measure($"quantize-experts{{{bits}, method={method}}}"):f4}");
            }
        foreach (var (stored, uniform, mixed) in EqualBits)
            foreach (var bits in mixed.Prepend(uniform)) Tool.Print($"{stored} bits with scales, quantize-experts{{{bits}}}: {Measure($"quantize-experts{{{bits}}}"):f4}");
        foreach (var pruning in Prunings) Tool.Print($"prune-ffn{{{pruning}}}: {Measure($"prune-ffn{{{pruning}}}"):f4}");
        home.Delete(recursive: true);
    }

    static void Draw(string file, IReadOnlyList<LineChart.Series> curves)
    {
        var points = curves.SelectMany(c => c.Points).Select(p => p.Y).ToList();
        File.WriteAllText(file, LineChart.Render(curves, "rank of one projection for all; the others have as many weights", "bits per byte", range: new(Math.Floor(points.Min()), Math.Ceiling(points.Max()))));
    }

    // Pairs have four projections of 128 rows instead of one: 2048 r + 512 r weights against 2048 r + 128 r.
    static int PairRank(int joint) => joint * 2176 / 2560;

    static double BitsPerByte(string model, string folder)
    {
        using var loaded = OrtModel.Load(model).OrThrow();
        var data = DataSet.Read(Path.Combine(folder, "eval.npz"), loaded.Inputs, loaded.Outputs).OrThrow();
        var labels = TensorNumbers.Read(data.Labels!);
        var (bits, place) = (0.0, 0);
        foreach (var sample in data.Batches(loaded.Inputs))
        {
            var logits = ((TensorValue)loaded.Run(sample.Inputs).OrThrow().Values.First()).Data.ToArray<float>();
            var classes = 256;
            for (var row = 0; row < logits.Length / classes; row++, place++)
            {
                var scores = logits.AsSpan(row * classes, classes);
                var (most, sum) = ((double)scores.ToArray().Max(), 0.0);
                foreach (var score in scores) sum += Math.Exp(score - most);
                bits += (Math.Log(sum) + most - scores[(int)labels[place]]) / Math.Log(2);
            }
        }
        return bits / place;
    }
}
