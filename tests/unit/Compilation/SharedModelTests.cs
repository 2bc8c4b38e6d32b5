using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Xunit;

namespace Onnxc.Tests.Compilation;

public sealed class SharedModelTests(ITestOutputHelper output)
{
    /// <summary>Paths below <c>models</c>; one entry that skips when they are absent.</summary>
    public static TheoryData<string> Models =>
        SharedData.IsAvailable ? [.. SharedData.AllModels().Select(p => Path.GetRelativePath(Path.Combine(SharedData.Root, "models"), p))] : ["mnist-cntk/model.onnx"];

    [Theory]
    [MemberData(nameof(Models))]
    public void Default_pipeline_gives_the_same_bits(string relative) => Compiles(relative, null);

    [Theory]
    [MemberData(nameof(Models))]
    public void Upgraded_models_pass_the_check(string relative) => Compiles(relative, "convert-opset{to=21}");

    void Compiles(string relative, string? pipeline)
    {
        var input = SharedData.Model(relative);
        var folder = Directory.CreateTempSubdirectory("onnxc-shared-");
        try
        {
            var options = new CompileOptions { Input = input, Output = Path.Combine(folder.FullName, "out.onnx") };
            var result = Compiler.Compile(pipeline is null ? options : options with { Pipeline = pipeline });
            foreach (var (stage, ms) in result.Timings) output.WriteLine($"{stage}: {ms:f0} ms");
            foreach (var pass in result.Passes) output.WriteLine(FormattableString.Invariant($"{pass.Coverage}  [{pass.Milliseconds:f0} ms]"));
            output.WriteLine($"{result.Before?.Nodes} -> {result.After?.Nodes} nodes, {result.Before?.FileBytes} -> {result.After?.FileBytes} bytes; check: {result.Check?.Outcome} {result.Check?.Reason}");
            output.WriteLine($"validation: {result.Check?.Validation}");
            // Some of ONNX Runtime's fusions know the operators of old versions only, or computed shapes that are constants now.
            Assert.DoesNotContain(result.Diagnostics, d => d.Descriptor != Descriptors.FusionLost);
            Assert.Equal(result.Changes > 0 ? CheckOutcome.Passed : CheckOutcome.Skipped, result.Check!.Outcome);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
