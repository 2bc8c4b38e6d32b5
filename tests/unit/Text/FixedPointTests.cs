using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Tests.Conformance;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Text;

/// <summary>Real models as text, weights included: printing what was read prints the same, and what was read computes the same bits.</summary>
public sealed class FixedPointTests(ITestOutputHelper output)
{
    const string NotLoadable = "ONNX Runtime does not load the original", NoData = "the data cannot be fed", NotRunnable = "ONNX Runtime does not run the original";

    static readonly SessionSettings Plain = SessionSettings.Unoptimized;

    [Fact]
    public void Conformance_models_read_from_text_compute_the_same()
    {
        var tally = new Tally();
        Parallel.ForEach(ConformanceCase.All(), new ParallelOptions { MaxDegreeOfParallelism = 2 }, test =>
        {
            if (Check(test.Name, test.ReadModel().OrThrow(), tally) is { } read) Compare(test, ModelWriter.ToBytes(read), tally);
        });
        tally.Check(output, new Dictionary<string, int> { [NotLoadable] = 110, [NotRunnable] = 4 });
        Assert.True(tally.Compared >= 1700, $"only {tally.Compared} models could be compared");
    }

    [Fact]
    public void Shared_models_are_fixed_points()
    {
        var tally = new Tally();
        var paths = SharedData.AllModels();
        Assert.True(paths.Count >= 20, $"only {paths.Count} models found");
        Parallel.ForEach(paths, new ParallelOptions { MaxDegreeOfParallelism = 2 }, path => Check(path, ModelReader.Read(path).OrThrow(), tally));
        tally.Check(output, new Dictionary<string, int>());
    }

    static Model? Check(string name, Model model, Tally tally)
    {
        var text = OnnxPrinter.Print(model);
        var read = OnnxParser.Parse(text);
        if (!read.IsOk) tally.Fail(name, Renderer.Render(read.Diagnostics[0]));
        else if (OnnxPrinter.Print(read.Value) != text) tally.Fail(name, "the second text differs from the first");
        return read.Value;
    }

    static void Compare(ConformanceCase test, byte[] read, Tally tally)
    {
        var loaded = OrtModel.Load(test.Model, Plain);
        using var original = loaded.Value;
        if (original is null)
        {
            tally.Leave(test.Name, NotLoadable);
            return;
        }
        tally.Load();
        var reloaded = OrtModel.Load(read, Plain);
        using var copy = reloaded.Value;
        var samples = test.Samples(original);
        if (copy is null) tally.Fail(test.Name, reloaded.Diagnostics[0].Message);
        else if (!samples.IsOk) tally.Leave(test.Name, NoData);
        else foreach (var sample in samples.Value)
        {
            var expected = original.Run(sample.Inputs);
            if (!expected.IsOk)
            {
                tally.Leave(test.Name, NotRunnable);
                return;
            }
            tally.Compare();
            var actual = copy.Run(sample.Inputs);
            if (!actual.IsOk) tally.Fail(test.Name, actual.Diagnostics[0].Message);
            else if (Agreement.FirstDifference(expected.Value, actual.Value) is { } name) tally.Fail(test.Name, $"output `{name}` differs");
        }
    }
}
