using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Onnxc.Cli.Json;
using Onnxc.Compilation;
using Onnxc.Serialization;
using Onnxc.Tests.Cli;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Compilation;

/// <summary>Same input, same pipeline: the same bytes, texts and reports, whatever the culture, the processors and the neighbours.</summary>
public sealed partial class SameBytesTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-same-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [GeneratedRegex("\"milliseconds\": [^,\\s}]+")]
    static partial Regex Milliseconds { get; }

    public static TheoryData<string> Models =>
        ["mnist-cntk/model.onnx", "silero-vad/model.onnx", "plate-cct/model.onnx", "trained-text-lm-moe/model.onnx", "structure/bert_keras_3836_nodes.onnx", "dtln/model_1.onnx"];

    sealed record Compiled(byte[] Model, byte[]? Data, string Text, string Report);

    [Theory]
    [MemberData(nameof(Models))]
    public void Cultures_and_neighbours_change_nothing(string model)
    {
        var input = SharedData.Model(model);
        var expected = Compile(input);
        AssertSame(expected, Compile(input));
        var outcomes = new Compiled[4];
        Parallel.For(0, outcomes.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i => outcomes[i] = Compile(input));
        Assert.All(outcomes, o => AssertSame(expected, o));
        foreach (var culture in (string[])["tr-TR", "de-DE"])
        {
            var (current, fallback) = (CultureInfo.CurrentCulture, CultureInfo.DefaultThreadCurrentCulture);
            try
            {
                CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = new CultureInfo(culture);
                AssertSame(expected, Compile(input));
            }
            finally
            {
                (CultureInfo.CurrentCulture, CultureInfo.DefaultThreadCurrentCulture) = (current, fallback);
            }
        }
    }

    // Another process has other hash codes of strings as well.
    [Theory]
    [MemberData(nameof(Models))]
    public void Other_processes_and_processor_counts_change_nothing(string model)
    {
        var input = SharedData.Model(model);
        var expected = Compile(input);
        foreach (var (processors, culture) in (ReadOnlySpan<(string, string)>)[("1", "tr_TR.UTF-8"), ("2", "de_DE.UTF-8")])
        {
            var target = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, $"process{processors}")).FullName, "out.onnx");
            var run = OnnxcProcess.Run(["compile", input, "-o", target, "--no-check", "--json"], ("DOTNET_PROCESSOR_COUNT", processors), ("LC_ALL", culture));
            Assert.True(run.ExitCode == 0, run.ToString());
            AssertSame(expected, Read(target, run.Output));
        }
    }

    Compiled Compile(string input)
    {
        var target = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, Path.GetRandomFileName())).FullName, "out.onnx");
        var options = new CompileOptions { Input = input, Output = target, Check = false };
        var result = Compiler.Compile(options);
        Assert.True(result.Succeeded, string.Join('\n', result.Diagnostics));
        return Read(target, JsonSerializer.Serialize(CompileReports.Of(options, result), JsonContext.Default.CompileReport));
    }

    // Times and the place of the output are all that may differ between two reports.
    static Compiled Read(string target, string report) => new(
        File.ReadAllBytes(target), File.Exists(target + ".data") ? File.ReadAllBytes(target + ".data") : null,
        OnnxPrinter.Print(ModelReader.Read(target).OrThrow()),
        Milliseconds.Replace(report, "\"milliseconds\": 0").Replace(Path.GetDirectoryName(target)!, "", StringComparison.Ordinal).TrimEnd());

    static void AssertSame(Compiled expected, Compiled actual)
    {
        Assert.Equal(expected.Report, actual.Report);
        Assert.Equal(expected.Text, actual.Text);
        Assert.True(expected.Model.AsSpan().SequenceEqual(actual.Model), "the models differ in some byte");
        Assert.True(expected.Data.AsSpan().SequenceEqual(actual.Data), "the weights differ in some byte");
    }
}
