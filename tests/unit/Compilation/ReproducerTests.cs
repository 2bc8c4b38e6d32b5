using Onnxc.Compilation;
using Onnxc.Passes;
using Onnxc.Serialization;
using Onnxc.Tests.Passes;
using Xunit;

namespace Onnxc.Tests.Compilation;

public sealed class ReproducerTests
{
    [Fact]
    public void A_crash_leaves_the_model_before_the_pass_and_the_pass_as_a_pipeline_and_no_output()
    {
        var folder = Directory.CreateTempSubdirectory("onnxc-crash-").FullName;
        try
        {
            var (input, output) = (Path.Combine(folder, "in.onnx"), Path.Combine(folder, "out.onnx"));
            Assert.Null(ModelWriter.Write(FakeModels.Chain("Identity", "Relu"), input));
            var catalog = new PassCatalog([typeof(FakePasses.DropIdentity), typeof(FakePasses.Crash)], new Dictionary<string, BuiltInPipeline>());
            var result = Compiler.Compile(new CompileOptions { Input = input, Output = output, Pipeline = "drop-identity, crash", Catalog = catalog });

            var error = Assert.Single(result.Diagnostics);
            Assert.Equal("ONNXC0901", error.Id);
            Assert.Contains(error.Notes, n => n.Contains("out.onnx.crash.onnx", StringComparison.Ordinal));
            Assert.False(File.Exists(output));
            Assert.Equal("Relu", FakeModels.Ops(ModelReader.Read(output + ".crash.onnx").OrThrow()));
            Assert.Equal("crash\n", File.ReadAllText(output + ".crash.onnxc"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
