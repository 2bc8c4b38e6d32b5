using System.Text.Json;
using Xunit;

namespace Onnxc.Tests.Cli;

public sealed class CompileCommandTests : IDisposable
{
    readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public void Compile_writes_a_smaller_model_that_passes_its_check()
    {
        var (exitCode, output, error) = tool.Run("compile", tool.Model(), "-o", tool.Path("out.onnx"));
        Assert.True(exitCode == 0, error);
        Assert.Matches(@"\ncheck passed: \d+ values are equal by structure, 0 by running the 0 nodes that changed\n", output);
        Assert.Matches(@"\nnodes +5 +2 +-3\n", output);
        Assert.Contains($"wrote {tool.Path("out.onnx")}\n", output, StringComparison.Ordinal);
        Assert.Contains("passes [1/", error, StringComparison.Ordinal);
        Assert.Equal(2, tool.Json(0, "inspect", tool.Path("out.onnx")).GetProperty("models")[0].GetProperty("nodes").GetInt32());
    }

    [Fact]
    public void Json_has_passes_check_and_figures()
    {
        var report = tool.Json(0, "compile", tool.Model(), "-o", tool.Path("out.onnx"), "-p", "eliminate-identity, eliminate-dead-code", "-q");
        Assert.True(report.GetProperty("written").GetBoolean());
        Assert.Equal("eliminate-identity, eliminate-dead-code", report.GetProperty("pipeline").GetString());
        Assert.Equal(2, report.GetProperty("passes").GetArrayLength());
        Assert.Equal("passed", report.GetProperty("check").GetProperty("outcome").GetString());
        Assert.Equal(5, report.GetProperty("before").GetProperty("nodes").GetInt32());
        Assert.Equal(2, report.GetProperty("after").GetProperty("nodes").GetInt32());
        Assert.Equal(1, report.GetProperty("after").GetProperty("operators").GetProperty("Relu").GetInt32());
    }

    [Theory]
    [InlineData("ONNXC0201", "fold-constants,")]
    [InlineData("ONNXC0202", "fold-constant")]
    [InlineData("ONNXC0203", "fold-constants{max=3}")]
    [InlineData("ONNXC0207", "@defualt")]
    [InlineData("ONNXC0212", "eliminate-identity where op == Conv")]
    public void Pipeline_errors_are_bad_input_and_write_nothing(string id, string pipeline)
    {
        var report = tool.Json(2, "compile", tool.Model(), "-o", tool.Path("out.onnx"), "-p", pipeline);
        var error = report.GetProperty("diagnostics")[0];
        Assert.Equal(id, error.GetProperty("id").GetString());
        Assert.Equal(1, error.GetProperty("line").GetInt32());
        Assert.False(File.Exists(tool.Path("out.onnx")));
    }

    [Fact]
    public void Pipeline_files_are_named_in_errors()
    {
        File.WriteAllText(tool.Path("p.onnxc"), "# two lines\nfold-constant\n");
        var (exitCode, _, error) = tool.Run("compile", tool.Model(), "-o", tool.Path("out.onnx"), "-f", tool.Path("p.onnxc"), "-q");
        Assert.Equal(2, exitCode);
        Assert.Contains("p.onnxc:2:1\n 2 | fold-constant\n   | ^^^^^^^^^^^^^\n", error, StringComparison.Ordinal);
        Assert.Contains("exclude each other", tool.Run("compile", "m", "-o", "o", "-p", "x", "-f", "y").Error, StringComparison.Ordinal);
        Assert.Contains("ONNXC0001", tool.Run("compile", "m", "-o", "o", "-f", tool.Path("none.onnxc")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_is_demanded_unless_nothing_is_written()
    {
        Assert.Contains("ONNXC0805", tool.Run("compile", tool.Model()).Error, StringComparison.Ordinal);
        Assert.Contains("check passed", tool.Run("compile", tool.Model(), "--dry-run").Output, StringComparison.Ordinal);
        Assert.False(File.Exists(System.IO.Path.Combine(System.IO.Path.GetTempPath(), "model.onnx")));
    }

    [Fact]
    public void A_dry_run_shows_every_change_and_writes_nothing()
    {
        var (exitCode, output, _) = tool.Run("compile", tool.Model(), "-o", tool.Path("out.onnx"), "--dry-run", "-p", "eliminate-identity, eliminate-dead-code, fold-constants");
        Assert.Equal(0, exitCode);
        Assert.Matches(@"eliminate-identity: \d changed.*\n  \d x eliminate-identity: main/", output);
        Assert.Matches(@"eliminate-dead-code: \d changed.*\n  \d x remove ", output);
        Assert.Contains("fold-constants: 0 changed\n", output, StringComparison.Ordinal);
        Assert.Contains("dry run: nothing was written\n", output, StringComparison.Ordinal);
        Assert.False(File.Exists(tool.Path("out.onnx")));

        var report = tool.Json(0, "compile", tool.Model(), "--dry-run", "-p", "eliminate-identity", "-q");
        Assert.True(report.GetProperty("dry_run").GetBoolean());
        Assert.False(report.GetProperty("written").GetBoolean());
        var pass = report.GetProperty("passes")[0];
        Assert.Equal(pass.GetProperty("changed").GetInt32(), pass.GetProperty("changes").GetArrayLength());
        Assert.StartsWith("main/", pass.GetProperty("changes")[0].GetProperty("site").GetString(), StringComparison.Ordinal);
        Assert.Equal("eliminate-identity", pass.GetProperty("changes")[0].GetProperty("what").GetString());
    }

    [Fact]
    public void A_dry_run_bounds_what_it_shows()
    {
        var nodes = string.Join('\n', Enumerable.Range(0, 9).Select(i => FormattableString.Invariant($"  v{i + 1} = Identity (v{i})")));
        var model = tool.Model("<ir_version: 8, opset_import: [\"\": 17]>\ng (float[2] v0) => (float[2] y) {\n" + nodes + "\n  y = Neg (v9)\n}\n", "chain.onnx");
        Assert.Matches(@"  9 x eliminate-identity: (main/[^,]+, ){4}main/\S+ and 4 more\n", tool.Run("compile", model, "--dry-run", "-p", "eliminate-identity").Output);
        Assert.DoesNotContain(" more\n", tool.Run("compile", model, "--dry-run", "-v", "-p", "eliminate-identity").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Dumps_are_numbered_text()
    {
        Assert.Equal(0, tool.Run("compile", tool.Model(), "-o", tool.Path("out.onnx"), "-q", "--dump-after").ExitCode);
        var names = Directory.GetFiles(tool.Path("out.onnx.dumps")).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal);
        Assert.Equal(["001-eliminate-identity.onnxtxt", "002-eliminate-dead-code.onnxtxt"], names);
        Assert.Equal(0, tool.Run("compile", tool.Model(), "-o", tool.Path("out.onnx"), "-q", "--dump-after=eliminate-dead-code", "--dump-dir", tool.Path("d")).ExitCode);
        Assert.Single(Directory.GetFiles(tool.Path("d")));
        Assert.Contains("ONNXC0217", tool.Run("compile", tool.Model(), "-o", tool.Path("out.onnx"), "--dump-after=merge").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Stop_after_limits_changes()
    {
        var report = tool.Json(0, "compile", tool.Model(), "-o", tool.Path("out.onnx"), "-p", "eliminate-identity", "--stop-after", "1", "--no-check");
        Assert.Equal(1, report.GetProperty("changes").GetInt64());
        Assert.Equal("skipped", report.GetProperty("check").GetProperty("outcome").GetString());
        Assert.Equal(4, report.GetProperty("after").GetProperty("nodes").GetInt32());
    }

    [Fact]
    public void Explaining_a_rule_shows_matches_and_refuses_unknown_ones()
    {
        var explained = tool.Json(0, "compile", tool.Model(), "-o", tool.Path("out.onnx"), "--explain-rule", "merge-transposes").GetProperty("explained");
        Assert.Equal("merge-transposes", explained.GetProperty("rule").GetString());
        Assert.Contains("ONNXC0202", tool.Run("compile", tool.Model(), "-o", tool.Path("out.onnx"), "--explain-rule", "merge-transpose").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_is_one_safe_file()
    {
        var model = tool.Model(name: "<script>.onnx");
        Assert.Equal(0, tool.Run("compile", model, "-o", tool.Path("out.onnx"), "-q", "--report", tool.Path("r.html")).ExitCode);
        var html = File.ReadAllText(tool.Path("r.html"));
        Assert.Contains("check passed", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_of_an_approximation_shows_errors_by_layer()
    {
        var report = tool.Json(0, "compile", tool.Model(), "-o", tool.Path("out.onnx"), "-p", "convert-precision", "--report", tool.Path("r.html"), "--resolved", tool.Path("r.onnxc"));
        Assert.NotEqual(0, report.GetProperty("layers").GetArrayLength());
        // The worst have histograms, which count as many numbers before as after.
        var shown = report.GetProperty("layers").EnumerateArray().Select(l => l.GetProperty("distribution")).Where(d => d.ValueKind == JsonValueKind.Object).ToList();
        Assert.InRange(shown.Count, 1, 6);
        Assert.All(shown, d => Assert.Equal(Sum(d.GetProperty("before")), Sum(d.GetProperty("after"))));
        Assert.All(shown, d => Assert.NotEqual(0, Sum(d.GetProperty("before"))));
        Assert.Contains("<svg", File.ReadAllText(tool.Path("r.html")), StringComparison.Ordinal);
        // Nothing was searched for, so the pipeline is what was asked for.
        Assert.Equal("convert-precision\n", File.ReadAllText(tool.Path("r.onnxc")));

        static long Sum(JsonElement counts) => counts.EnumerateArray().Sum(c => c.GetInt64());
    }

    [Fact]
    public void Compiling_twice_gives_the_same_bytes()
    {
        var model = tool.Model();
        tool.Run("compile", model, "-o", tool.Path("a.onnx"), "-q");
        tool.Run("compile", model, "-o", tool.Path("b.onnx"), "-q");
        Assert.Equal(File.ReadAllBytes(tool.Path("a.onnx")), File.ReadAllBytes(tool.Path("b.onnx")));
    }
}
