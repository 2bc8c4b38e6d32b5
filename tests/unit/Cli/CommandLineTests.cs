using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Xunit;

namespace Onnxc.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    [Theory]
    [InlineData("unrecognized command or argument `inspct`", "a similar name exists: `inspect`", "inspct", "m.onnx")]
    [InlineData("required argument `MODEL` missing for command: `inspect`", "`onnxc inspect --help` shows how the command is used", "inspect")]
    [InlineData("unrecognized command or argument `--strickt`", "a similar name exists: `--strict`", "compile", "m.onnx", "-o", "o.onnx", "--strickt")]
    [InlineData("argument `gpu` not recognized. Must be one of: `cpu`, `cuda`", "`onnxc bench --help` shows how the command is used", "bench", "m.onnx", "--ep", "gpu")]
    public void Usage_errors_exit_with_2_and_help(string message, string help, params string[] arguments)
    {
        var (exitCode, output, error) = tool.Run(arguments);
        Assert.Equal(2, exitCode);
        Assert.Equal("", output);
        Assert.Contains($"error[ONNXC0801]: {message}\n", error, StringComparison.Ordinal);
        Assert.Contains($"   = help: {help}\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_and_version_are_fine()
    {
        Assert.Equal(0, tool.Run("--version").ExitCode);
        var (exitCode, output, _) = tool.Run("--help");
        Assert.Equal(0, exitCode);
        foreach (var verb in new[] { "compile", "passes", "explain", "inspect", "diff", "text", "run", "compare", "bench", "completion" })
            Assert.Contains($"\n  {verb} ", output, StringComparison.Ordinal);
        // Value names, not every completion there is.
        Assert.DoesNotContain("ONNXC0001", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _onnxc onnxc")]
    [InlineData("zsh", "compdef _onnxc onnxc")]
    [InlineData("fish", "complete -c onnxc")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public void Completion_scripts_ask_the_suggest_directive(string shell, string expected)
    {
        var (exitCode, output, _) = tool.Run("completion", shell);
        Assert.Equal(0, exitCode);
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_suggest_directive_completes_verbs_and_pass_names()
    {
        Assert.Contains("inspect", tool.Run("[suggest:8]", "onnxc in").Output, StringComparison.Ordinal);
        Assert.Contains("fold-constants", tool.Run("[suggest:17]", "onnxc passes fold").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_does_not_overwrite_a_model_that_stands_behind_it()
    {
        var model = tool.Model();
        var before = File.ReadAllBytes(model);
        var (exitCode, _, error) = tool.Run("inspect", model, "--json", model);
        Assert.Equal(2, exitCode);
        Assert.Contains("ONNXC0804", error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(model));
    }

    [Fact]
    public void Json_to_a_file_leaves_the_output_to_people()
    {
        var (exitCode, output, _) = tool.Run("explain", "onnxc0202", "--json", tool.Path("r.json"));
        Assert.Equal(0, exitCode);
        Assert.StartsWith("error[ONNXC0202]: ", output, StringComparison.Ordinal);
        Assert.Contains("\"id\": \"ONNXC0202\"", File.ReadAllText(tool.Path("r.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_that_cannot_be_written_is_bad_input() =>
        Assert.Contains("ONNXC0803", tool.Run("explain", "--json", tool.Path("no/such/r.json")).Error, StringComparison.Ordinal);

    [Fact]
    public void Explain_knows_every_id_and_suggests()
    {
        Assert.Equal(Descriptors.All.Count, tool.Json(0, "explain").GetProperty("entries").GetArrayLength());
        foreach (var descriptor in Descriptors.All) Assert.Equal(0, tool.Run("explain", descriptor.Id).ExitCode);
        var unknown = tool.Json(2, "explain", "ONNXC0299");
        Assert.Equal("ONNXC0802", unknown.GetProperty("diagnostics")[0].GetProperty("id").GetString());
    }

    [Fact]
    public void Descriptor_ids_are_unique_and_explained()
    {
        Assert.Equal(Descriptors.All.Count, Descriptors.All.DistinctBy(d => d.Id).Count());
        Assert.All(Descriptors.All, d => Assert.True(d.Explanation.Length >= 40, d.Id));
    }

    [Fact]
    public void Passes_are_listed_shown_and_suggested()
    {
        var all = tool.Json(0, "passes");
        Assert.Contains(all.GetProperty("passes").EnumerateArray(), p => p.GetProperty("name").GetString() == "fold-constants");
        Assert.Contains(all.GetProperty("pipelines").EnumerateArray(), p => p.GetProperty("name").GetString() == "default");
        Assert.Contains("max-elements", tool.Run("passes", "fold-constants").Output, StringComparison.Ordinal);
        Assert.Contains("repeat", tool.Run("passes", "@default").Output, StringComparison.Ordinal);
        var (exitCode, _, error) = tool.Run("passes", "fold-constant");
        Assert.Equal(2, exitCode);
        Assert.Equal("error[ONNXC0202]: no pass is named `fold-constant`\n   = help: a similar name exists: `fold-constants`\n", error);
        Assert.StartsWith("# Passes", tool.Run("passes", "--markdown").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_keep_the_text()
    {
        const string Plain = "error[ONNXC0201]: unexpected `b`\n  --> p:1:3\n 1 | a b\n   |   ^\n   = note: n\n   = help: h\n";
        var painted = DiagnosticPainter.Paint(Plain, Severity.Error);
        Assert.StartsWith("\e[1;31merror[ONNXC0201]\e[0m", painted, StringComparison.Ordinal);
        Assert.Equal(Plain, System.Text.RegularExpressions.Regex.Replace(painted, "\e\\[[0-9;]*m", ""));
    }
}
