using Onnxc.IR;
using Onnxc.Serialization;
using Onnxc.Serialization.Proto;

namespace Onnxc.Benchmarks;

/// <summary>An empty pipeline against <c>cp</c>, in turns: it should take at most 1.5 times as long, and 200 MB beyond the page cache.</summary>
static class CopySpeed
{
    const long MiB = 1 << 20;

    public static void Run(string folder, int runs)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, "onnxc-copy-speed")).FullName;
        try
        {
            Compare("single file, 1 GiB", SingleFile(home, 1024), [], runs);
            Compare("external data, 4 GiB", External(home, 4096), [".data"], runs);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    static void Compare(string what, string input, string[] sideFiles, int runs)
    {
        var copies = new List<double>();
        var compiles = new List<Measurement>();
        var target = Path.Combine(Path.GetDirectoryName(input)!, "out", "out.onnx");
        for (var i = 0; i < runs; i++)
        {
            // In turns, each into an empty folder, so that neither gains from what the other left behind.
            copies.Add(Fresh(target, () => Measurement.Of("cp", [input, .. sideFiles.Select(s => input + s), Path.GetDirectoryName(target)!]).Seconds));
            compiles.Add(Fresh(target, () => Tool.Run("compile", input, "-o", target, "-p", "", "-q")));
        }
        var (copy, compile) = (Measurement.Median(copies), Measurement.Median(compiles.Select(c => c.Seconds)));
        var ratio = Measurement.Median(copies.Zip(compiles, (a, b) => b.Seconds / a));
        Tool.Print($"{what}: cp {copy:f2} s, onnxc {compile:f2} s, ratio {ratio:f2} (median of {runs} pairs), {compiles.Max(c => c.AnonymousMegabytes):f0} MB beyond the page cache");
    }

    static T Fresh<T>(string target, Func<T> work)
    {
        var folder = Path.GetDirectoryName(target)!;
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.CreateDirectory(folder);
        // What is left of earlier work goes to the disk now, not while the next is timed.
        Measurement.Of("sync", []);
        return work();
    }

    // Written piece by piece: the point of the exercise is not to need the memory.
    static string SingleFile(string home, int mebibytes)
    {
        var weight = TensorData.Of<byte>(ElementType.UInt8, [64 * MiB], Noise(64 * MiB));
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        var sum = model.Main.AddInput("x", ValueType.Tensor(ElementType.UInt8, new Shape([64 * MiB])));
        for (var i = 0; i < mebibytes / 64; i++)
        {
            var value = model.Main.AddInitializer(FormattableString.Invariant($"w{i}"), weight);
            sum = model.Main.AddNode(new OpId("", "Add"), [sum, value], [FormattableString.Invariant($"s{i}")]).Output;
        }
        model.Main.AddOutput(sum, "y");
        var path = Path.Combine(home, "single.onnx");
        if (ModelWriter.Write(model, path, new WriteOptions { ExternalData = ExternalDataMode.Never }) is { } failure) throw new InvalidOperationException(failure.ToString());
        return path;
    }

    static string External(string home, int mebibytes)
    {
        var path = Path.Combine(home, "external.onnx");
        var model = new ModelProto { IrVersion = 10, OpsetImport = { new OperatorSetIdProto { Version = 21 } }, Graph = new GraphProto { Name = "g" } };
        using (var data = File.Create(path + ".data"))
        {
            var block = Noise(64 * MiB);
            for (var i = 0; i < mebibytes / 64; i++)
            {
                var tensor = new TensorProto { Name = FormattableString.Invariant($"w{i}"), DataType = 2, Dims = { 64 * MiB }, DataLocation = TensorProto.Types.DataLocation.External };
                foreach (var (key, value) in new[] { ("location", "external.onnx.data"), ("offset", FormattableString.Invariant($"{i * 64 * MiB}")), ("length", FormattableString.Invariant($"{64 * MiB}")) })
                    tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
                model.Graph.Initializer.Add(tensor);
                data.Write(block);
            }
        }
        using var file = File.Create(path);
        using var output = new Google.Protobuf.CodedOutputStream(file);
        model.WriteTo(output);
        return path;
    }

    static byte[] Noise(long length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
