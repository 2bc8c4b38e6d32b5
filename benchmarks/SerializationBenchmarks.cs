using BenchmarkDotNet.Attributes;
using Onnxc.IR;
using Onnxc.Serialization;
using Onnxc.Text;

namespace Onnxc.Benchmarks;

/// <summary>Reading, writing and printing a graph of 10,000 nodes.</summary>
[MemoryDiagnoser]
public class SerializationBenchmarks
{
    byte[] bytes = [];
    string text = "";

    [GlobalSetup]
    public void SetUp()
    {
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        var value = model.Main.AddInput("x", ValueType.Tensor(ElementType.Float, new Shape([1, 8])));
        var builder = new GraphBuilder(model.Main);
        for (var i = 0; i < 10_000; i++) value = builder.Op(i % 2 == 0 ? "Relu" : "Neg", [value]);
        model.Main.AddOutput(value, "y");
        bytes = ModelWriter.ToBytes(model);
        text = OnnxPrinter.Print(model);
    }

    [Benchmark]
    public Model Read() => ModelReader.Read(bytes).OrThrow();

    [Benchmark]
    public byte[] ReadAndWrite() => ModelWriter.ToBytes(ModelReader.Read(bytes).OrThrow());

    [Benchmark]
    public Model Parse() => OnnxParser.Parse(text).OrThrow();
}
