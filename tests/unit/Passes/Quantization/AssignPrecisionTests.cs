using Onnxc.Compilation;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Quantization;

public sealed class AssignPrecisionTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-assign-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Path(string name) => System.IO.Path.Combine(folder, name);

    CompileResult Compile(string pipeline, string output, double maxDrop, bool gated = true)
    {
        var options = new CompileOptions
        {
            Input = SharedData.Model("trained-cifar10-vit65/model.onnx"),
            Output = Path(output),
            Pipeline = pipeline,
            Data = SharedData.Model("trained-cifar10-vit65/calib.npz"),
            DataLimit = 64,
            Gates = gated ? new() { MaxDrop = maxDrop } : null,
        };
        return Compiler.Compile(options);
    }

    [Fact]
    public void The_resolved_pipeline_makes_the_same_bytes()
    {
        var found = Compile("assign-precision{types=[int8, int2], average-bits=5}", "searched.onnx", 1);
        Assert.True(found.Succeeded);
        Assert.NotNull(found.Resolved);
        Assert.Contains("quantize{weights=int2", found.Resolved, StringComparison.Ordinal);
        Assert.Contains("quantize{weights=int8", found.Resolved, StringComparison.Ordinal);
        Assert.True(Compile(found.Resolved, "resolved.onnx", 1, gated: false).Succeeded);
        Assert.Equal(File.ReadAllBytes(Path("searched.onnx")), File.ReadAllBytes(Path("resolved.onnx")));
    }

    [Fact]
    public void A_tighter_gate_keeps_more_bits()
    {
        long Weights(double maxDrop, string output)
        {
            Assert.True(Compile("assign-precision{types=[int8, int4, int2]}", output, maxDrop).Succeeded);
            return ModelReader.Read(Path(output)).Value!.Main.Initializers.Sum(i => i.Initializer!.ByteLength);
        }

        Assert.True(Weights(0.2, "loose.onnx") < Weights(0.001, "tight.onnx"));
    }

    [Theory]
    [InlineData("assign-precision{types=[int4, int8]}")]
    [InlineData("assign-precision{types=[]}")]
    [InlineData("assign-precision{average-bits=-1}")]
    public void Nonsense_is_refused(string pipeline) => Assert.Contains(Compile(pipeline, "none.onnx", 1).Diagnostics, d => d.IsError);

    [Fact]
    public void Without_data_sensitivity_cannot_be_measured()
    {
        var result = Compiler.Compile(new CompileOptions
        {
            Input = SharedData.Model("trained-cifar10-vit65/model.onnx"),
            Output = Path("none.onnx"),
            Pipeline = "assign-precision",
        });
        Assert.Contains(result.Diagnostics, d => d.Id == "ONNXC0329");
        Assert.False(File.Exists(Path("none.onnx")));
    }
}
