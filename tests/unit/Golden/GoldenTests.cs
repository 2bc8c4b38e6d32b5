using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Golden;

/// <summary>
/// Every case in <c>tests/golden</c>: the text after the pipeline is the expected one, and the model computes the same before and after.
/// <c>ONNXC_UPDATE=1</c> rewrites expectations; a plain run never writes. Read the difference: it is the review.
/// </summary>
public sealed class GoldenTests
{
    static readonly string Folder = Path.Combine(SharedData.Repository, "tests", "golden");

    static bool Update => Environment.GetEnvironmentVariable("ONNXC_UPDATE") == "1";

    public static TheoryData<string> Cases =>
        [.. Directory.EnumerateFiles(Folder, "*.onnxtxt", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(Folder, p)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Case(string relative)
    {
        var golden = GoldenCase.Read(Path.Combine(Folder, relative));
        var original = OnnxParser.Parse(golden.Before, relative).OrThrow();
        var model = OnnxParser.Parse(golden.Before, relative).OrThrow();
        var untouched = OnnxPrinter.Print(model);
        var pipeline = PipelineBinder.Bind(golden.Pipeline, StandardCatalog.Instance).OrThrow();

        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check }, new OrtOptimizer()).Run(pipeline, model);

        Assert.DoesNotContain(run.Diagnostics, d => d.Severity != Severity.Note);
        var text = OnnxPrinter.Print(model);
        if (golden.Reason is { } reason)
        {
            Assert.Equal(untouched, text);
            if (reason.Length > 0) Assert.Contains(reason, run.Reports.SelectMany(r => r.Skipped.Keys));
        }
        else
        {
            Assert.NotEqual(untouched, text);
            if (Update && golden.After != text.Trim()) File.WriteAllText(golden.Path, golden.With(text));
            else Assert.Equal(golden.After, text.Trim());
        }
        AssertComputesTheSame(original, model, golden.Numeric);
    }

    [Fact]
    public void Every_pass_has_cases_that_fire_decline_stand_in_a_body_and_meet_a_public_value()
    {
        foreach (var pass in StandardCatalog.Instance.Passes)
        {
            var folder = Path.Combine(Folder, pass.Name);
            Assert.True(Directory.Exists(folder), $"tests/golden/{pass.Name} is missing");
            var cases = Directory.EnumerateFiles(folder, "*.onnxtxt").Select(GoldenCase.Read).ToList();
            Assert.True(cases.Exists(c => c.Reason is null), $"no case of {pass.Name} fires");
            Assert.True(cases.Exists(c => c.Reason is not null), $"no case of {pass.Name} declines");
            Assert.True(cases.Exists(c => c.Before.Contains("If ", StringComparison.Ordinal)), $"no case of {pass.Name} stands in an `If` body");
            if (pass.SupportsWhere) Assert.True(cases.Exists(c => c.Path.Contains("public", StringComparison.Ordinal) || c.Path.Contains("output", StringComparison.Ordinal)), $"no case of {pass.Name} meets a public value");
        }
    }

    static void AssertComputesTheSame(Model before, Model after, string numeric)
    {
        if (numeric.StartsWith("off", StringComparison.Ordinal))
        {
            Assert.True(numeric.Length > "off".Length + 2, "say why the numbers are not compared: `# numeric: off (reason)`");
            return;
        }
        var mode = numeric switch
        {
            "exact" => ToleranceMode.Exact,
            "rounding" => ToleranceMode.Rounding,
            _ => throw new InvalidDataException($"`# numeric: {numeric}` is none of exact, rounding, off (reason)"),
        };
        var comparer = new ModelComparer(new ComparisonOptions { Mode = mode, Reference = SessionSettings.Unoptimized, Candidate = SessionSettings.Unoptimized, Runs = 2 });
        var report = comparer.Compare(ModelSource.Bytes(ModelWriter.ToBytes(before)), ModelSource.Bytes(ModelWriter.ToBytes(after))).OrThrow();
        Assert.True(report.Passed, report.Reason ?? string.Join('\n', report.Outputs.Where(o => !o.Passed).Select(o => $"{o.Name}: {o.Reason}")));
    }
}
