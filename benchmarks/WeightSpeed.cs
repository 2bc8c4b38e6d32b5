using System.Runtime.InteropServices;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>
/// <c>quantize</c> on 1 GiB of float weights, as whole processes: rounding to 4 bits should take in half a gigabyte a second, and less than 1.2 times the
/// largest weight beyond the page cache and the result. One large weight, and many small ones.
/// </summary>
static class WeightSpeed
{
    const int Side = 16384, Pieces = 16;

    public static void Run(string folder, int runs)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, "onnxc-weights")).FullName;
        try
        {
            foreach (var (name, model) in new[] { ("one weight of 1 GiB", Make(home, Side, Side, 1)), ("16 weights of 64 MiB", Make(home, Side / 4, Side / 4, Pieces)) })
                foreach (var options in new[] { "weights=int4", "weights=int4, symmetric=false", "weights=int8", "weights=int4, method=hqq", "weights=e2m1", "weights=e4m3", "weights=int4, form=portable" })
                    Report(name, options, model, Path.Combine(home, "out.onnx"), runs);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    static void Report(string name, string options, string model, string target, int runs)
    {
        var measured = Enumerable.Range(0, runs).Select(_ => Tool.Run("compile", model, "-o", target, "-p", $"quantize{{{options}}}", "--no-check", "-q")).ToList();
        var seconds = Measurement.Median(measured.Select(m => m.Seconds));
        var result = new FileInfo(target).Length / (double)(1 << 20);
        Tool.Print($"{name}, {options}: {seconds:f2} s, {1.073741824 / seconds:f2} GB/s, {measured.Max(m => m.AnonymousMegabytes):f0} MB beyond the page cache, of which the result is {result:f0}");
    }

    static string Make(string home, int rows, int columns, int count)
    {
        // Written weight by weight; noise, the same for all.
        var random = new Random(1);
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++) values[i] = (float)(random.NextDouble() - 0.5);
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        var x = model.Main.AddInput("x", ValueType.Tensor(ElementType.Float, new Shape([Dim.Named("N"), rows])));
        var weight = new DenseTensor(ElementType.Float, [rows, columns], MemoryMarshal.AsBytes<float>(values).ToArray());
        for (var i = 0; i < count; i++)
        {
            var value = model.Main.AddInitializer(FormattableString.Invariant($"w{i}"), weight);
            x = model.Main.AddNode(new OpId("", "MatMul"), [x, value], [FormattableString.Invariant($"y{i}")]).Output;
        }
        model.Main.AddOutput(x, "y");
        var path = Path.Combine(home, FormattableString.Invariant($"weights{count}.onnx"));
        if (ModelWriter.Write(model, path, new WriteOptions { ExternalData = ExternalDataMode.Never }) is { } failure) throw new InvalidOperationException(failure.ToString());
        return path;
    }
}
