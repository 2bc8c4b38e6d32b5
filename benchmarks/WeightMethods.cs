using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>
/// Methods of quantization against each other on every product of a trained model: each is compiled by itself, calibrated with its inputs on calibration
/// data, and run on its inputs on other data. The error is the norm of what changes in the output over that of the output.
/// </summary>
static class WeightMethods
{
    const int Samples = 16, Rows = 1024, Least = 16;

    // A channel is an outlier that is this many times as large as the median channel.
    const double Outlier = 3;

    static readonly (string Name, string Plain, string Better)[] Pairs =
    [
        ("GPTQ, int4", "quantize{weights=int4}", "quantize{weights=int4, method=gptq}"),
        ("GPTQ, int4, whole rows", "quantize{weights=int4, block=0}", "quantize{weights=int4, block=0, method=gptq}"),
        ("GPTQ, e2m1", "quantize{weights=e2m1}", "quantize{weights=e2m1, method=gptq}"),
        ("AWQ, int4", "quantize{weights=int4}", "quantize{weights=int4, method=awq}"),
        ("HQQ, int4, with zero points", "quantize{weights=int4, symmetric=false}", "quantize{weights=int4, symmetric=false, method=hqq}"),
        ("HQQ, int2, with zero points", "quantize{weights=int2, symmetric=false}", "quantize{weights=int2, symmetric=false, method=hqq}"),
        ("LoRC of rank 8, int4", "quantize{weights=int4}", "quantize{weights=int4, low-rank=8}"),
        ("LoRC of rank 8, e2m1", "quantize{weights=e2m1}", "quantize{weights=e2m1, low-rank=8}"),
        ("SmoothQuant, dynamic int8", "quantize{activations=dynamic}", "equalize{method=smooth-quant}, quantize{activations=dynamic}"),
        ("tokens in e4m3 instead of one scale in int8", "quantize{activations=dynamic}", "quantize{weights=int8, block=0, activations=e4m3}"),
    ];

    sealed record Site(string Name, Model Product, float[] Inputs, float[] Expected, int Reduced, double OutlierRatio);

    public static void Run(string folder)
    {
        var home = Directory.CreateTempSubdirectory("onnxc-methods-").FullName;
        try
        {
            var sites = Sites(folder, home).ToList();
            Tool.Print($"{sites.Count} products, {sites.Count(s => s.OutlierRatio > Outlier)} of them with a channel more than {Outlier:0} times as large as the median one");
            Console.WriteLine("| method | error, plain | error | ratio | largest ratio | lower on |");
            Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: |");
            var known = new Dictionary<string, List<double>>(StringComparer.Ordinal);
            List<double> Errors(string pipeline)
            {
                if (!known.TryGetValue(pipeline, out var errors)) known[pipeline] = errors = [.. sites.Select(s => ErrorOf(s, pipeline, home))];
                return errors;
            }

            foreach (var (name, plain, better) in Pairs)
            {
                Report(name, sites, Errors(plain), Errors(better), _ => true);
                if (name.StartsWith("SmoothQuant", StringComparison.Ordinal)) Report($"{name}, products with outliers", sites, Errors(plain), Errors(better), s => s.OutlierRatio > Outlier);
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    static void Report(string name, List<Site> sites, List<double> plain, List<double> better, Predicate<Site> counts)
    {
        var pairs = Enumerable.Range(0, sites.Count).Where(i => counts(sites[i]) && plain[i] > 0).Select(i => (Plain: plain[i], Better: better[i])).ToList();
        if (pairs.Count == 0) return;
        static double Mean(IEnumerable<double> numbers) => Math.Exp(numbers.Select(n => Math.Log(n)).Average());
        Tool.Print($"| {name} | {Mean(pairs.Select(p => p.Plain)):p2} | {Mean(pairs.Select(p => p.Better)):p2} | {Mean(pairs.Select(p => p.Better / p.Plain)):f2} | {pairs.Max(p => p.Better / p.Plain):f2} | {pairs.Count(p => p.Better < p.Plain)} of {pairs.Count} |");
    }

    static double ErrorOf(Site site, string pipeline, string home)
    {
        var target = Path.Combine(home, "out.onnx");
        var options = new CompileOptions { Input = Source(site, home), Output = target, Data = Path.ChangeExtension(Source(site, home), "npz"), Pipeline = pipeline, Check = false, Gates = null };
        var result = Compiler.Compile(options);
        if (!result.Succeeded) throw new InvalidOperationException(string.Join('\n', result.Diagnostics));
        return Error(site.Expected, Output(ModelReader.Read(target).OrThrow(), site.Inputs, site.Reduced));
    }

    static string Source(Site site, string home) => Path.Combine(home, $"{site.Name}.onnx");

    static IEnumerable<Site> Sites(string folder, string home)
    {
        var path = Path.Combine(folder, "model.onnx");
        var model = ModelReader.Read(path).OrThrow();
        var found = model.Main.Nodes.Where(n => n.Op.Is("MatMul") && n.Input(0) is { Constant: null } && n.Input(1)?.Constant is { Dims.Length: 2, Element: ElementType.Float } w && w.Dims.All(d => d >= Least)).ToList();
        var (calibration, other) = (Values(path, Path.Combine(folder, "calib.npz"), found), Values(path, Path.Combine(folder, "eval.npz"), found));
        foreach (var (node, index) in found.Select((n, i) => (n, i)))
        {
            var weights = node.Input(1)!.Constant!;
            var reduced = (int)weights.Dims[0];
            var product = Product(weights);
            var site = FormattableString.Invariant($"product{index}");
            Require(ModelWriter.Write(product, Path.Combine(home, site + ".onnx")));
            var seen = Some(calibration[node.Input(0)!.Name], reduced);
            NpzFile.Write(Path.Combine(home, site + ".npz"), [new("x", TensorData.Floats(seen, seen.Length / reduced, reduced))]);
            var inputs = Some(other[node.Input(0)!.Name], reduced);
            yield return new(site, product, inputs, Output(product, inputs, reduced), reduced, OutlierRatio(seen, reduced));
        }
    }

    static Model Product(TensorData weights)
    {
        var model = Text.OnnxParser.Parse(FormattableString.Invariant($"<ir_version: 10, opset_import: [\"\": 21]> g (float[n, {weights.Dims[0]}] x, float[{weights.Dims[0]}, {weights.Dims[1]}] w) => (float[n, {weights.Dims[1]}] y) {{ y = MatMul (x, w) }}")).OrThrow();
        var input = model.Main.Inputs[1];
        input.ReplaceAllUsesWith(model.Main.AddInitializer("weights", weights));
        model.Main.RemoveInput(input);
        return model;
    }

    // Activations that the products take, by name.
    static Dictionary<string, List<float[]>> Values(string path, string data, List<Node> products)
    {
        var model = ModelReader.Read(path).OrThrow();
        var names = products.Select(p => p.Input(0)!.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var value in model.Main.Nodes.SelectMany(n => n.Outputs).Where(o => names.Contains(o.Name) && !o.IsGraphOutput).ToList()) model.Main.AddOutput(value, value.Name);
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model), SessionSettings.Unoptimized).OrThrow();
        var set = DataSet.ReadFor(ModelReader.Read(path).OrThrow(), data).OrThrow();
        var values = names.ToDictionary(n => n, _ => new List<float[]>(), StringComparer.Ordinal);
        foreach (var sample in set.Batches(loaded.Inputs, 1, Samples))
        {
            var outputs = loaded.Run(sample.Inputs).OrThrow();
            foreach (var name in names)
                values[name].Add(((TensorValue)(outputs.TryGetValue(name, out var value) ? value : sample.Inputs[name])).Data.ToArray<float>());
        }
        return values;
    }

    // As many rows as are enough, spread over all.
    static float[] Some(List<float[]> values, int reduced)
    {
        var rows = values.SelectMany(v => v.Chunk(reduced)).ToList();
        var count = Math.Min(Rows, rows.Count);
        return [.. Enumerable.Range(0, count).SelectMany(i => rows[(int)((long)i * rows.Count / count)])];
    }

    static double OutlierRatio(float[] values, int reduced)
    {
        var largest = new double[reduced];
        for (var i = 0; i < values.Length; i++) largest[i % reduced] = Math.Max(largest[i % reduced], Math.Abs(values[i]));
        return largest.Max() / Math.Max(Measurement.Median(largest), 1e-30);
    }

    static float[] Output(Model model, float[] inputs, int reduced)
    {
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model), SessionSettings.Default.WithKernels()).OrThrow();
        var result = loaded.Run(new Dictionary<string, RuntimeValue> { ["x"] = new TensorValue(TensorData.Floats(inputs, inputs.Length / reduced, reduced)) }).OrThrow();
        return ((TensorValue)result["y"]).Data.ToArray<float>();
    }

    static double Error(float[] expected, float[] actual)
    {
        var (error, size) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++) (error, size) = (error + Math.Pow(expected[i] - actual[i], 2), size + Math.Pow(expected[i], 2));
        return Math.Sqrt(error / size);
    }

    static void Require(Diagnostics.Diagnostic? failure)
    {
        if (failure is not null) throw new InvalidOperationException(failure.Message);
    }
}
