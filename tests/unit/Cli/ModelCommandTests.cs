using Xunit;

namespace Onnxc.Tests.Cli;

public sealed class ModelCommandTests : IDisposable
{
    readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public void Inspect_shows_blocks_of_encoders()
    {
        var blocks = tool.Json(0, "inspect", SharedData.Model("trained-cifar10-vit65/model.onnx"), "--blocks").GetProperty("models")[0].GetProperty("blocks");
        Assert.Equal(6, blocks.GetArrayLength());
        Assert.Equal((65, 96, 4), (blocks[5].GetProperty("tokens").GetInt32(), blocks[5].GetProperty("width").GetInt32(), blocks[5].GetProperty("heads").GetInt32()));
        Assert.Equal(("before", "class token"), (blocks[0].GetProperty("norm").GetString(), blocks[0].GetProperty("head").GetString()));
    }

    [Fact]
    public void Inspect_counts_operators_weights_and_interface()
    {
        var model = tool.Json(0, "inspect", tool.Model(), "--nodes").GetProperty("models")[0];
        Assert.Equal(5, model.GetProperty("nodes").GetInt32());
        Assert.Equal(4, model.GetProperty("parameters").GetInt64());
        Assert.Equal(16, model.GetProperty("weight_bytes").GetInt64());
        Assert.Equal("Identity", model.GetProperty("ops")[0].GetProperty("op").GetString());
        Assert.Equal("float[2,4]", model.GetProperty("inputs")[0].GetProperty("type").GetString());
        Assert.Equal(21, model.GetProperty("opsets")[0].GetProperty("version").GetInt64());
        Assert.Equal(4, model.GetProperty("node_list")[0].GetProperty("params").GetInt64());
    }

    [Fact]
    public void Inspect_shows_two_models_side_by_side()
    {
        var first = tool.Model();
        var second = tool.Model(Tool.Sample.Replace("Relu", "Neg", StringComparison.Ordinal), "second.onnx");
        var (exitCode, output, _) = tool.Run("inspect", first, second);
        Assert.Equal(0, exitCode);
        Assert.Contains("model.onnx  second.onnx", output, StringComparison.Ordinal);
        Assert.Matches(@"\nRelu +1 +0 +-1\n", output);
        Assert.Matches(@"\nNeg +1 +2 +\+1\n", output);
    }

    [Fact]
    public void Inspect_names_the_nodes_that_differ()
    {
        var first = tool.Model("<ir_version: 8, opset_import: [\"\": 17]>\ng (float[2] x) => (float[2] y) {\n  a = Relu (x)\n  b = Abs (a)\n  y = Neg (b)\n}\n");
        var second = tool.Model("<ir_version: 8, opset_import: [\"\": 17]>\ng (float[2] x) => (float[2] y) {\n  a = Relu (x)\n  c = Exp (a)\n  y = Neg (c)\n}\n", "second.onnx");
        var output = tool.Run("inspect", first, second).Output;
        Assert.Contains("operators gained: Exp\noperators lost: Abs\n1 node removed, 1 node changed, 1 node added\n", output, StringComparison.Ordinal);
        Assert.Contains("- node main/b = Abs(a)\n- node main/y = Neg(b)\n+ node main/y = Neg(c)\n+ node main/c = Exp(a)\n", output, StringComparison.Ordinal);
        Assert.Contains("every node is the same", tool.Run("inspect", first, first).Output, StringComparison.Ordinal);
        Assert.Equal(3, tool.Json(0, "inspect", first, second).GetProperty("changes").GetArrayLength());
    }

    [Fact]
    public void Inspect_shows_all_differences_on_request()
    {
        string Chain(string op) => "<ir_version: 8, opset_import: [\"\": 17]>\ng (float[2] v0) => (float[2] v30) {\n"
            + string.Join('\n', Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"  v{i + 1} = {op} (v{i})"))) + "\n}\n";
        var (first, second) = (tool.Model(Chain("Neg")), tool.Model(Chain("Abs"), "second.onnx"));
        Assert.Contains("and 10 more; `--full` shows all", tool.Run("inspect", first, second).Output, StringComparison.Ordinal);
        var full = tool.Run("inspect", first, second, "--full").Output;
        Assert.Contains("+ node main/v30 = Abs(v29)\n", full, StringComparison.Ordinal);
        Assert.DoesNotContain("--full", full, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_of_nothing_is_bad_input()
    {
        var report = tool.Json(2, "inspect", tool.Path("none.onnx"));
        Assert.Equal("ONNXC0001", report.GetProperty("diagnostics")[0].GetProperty("id").GetString());
    }

    [Fact]
    public void Diff_is_silent_on_equals_and_names_what_differs()
    {
        var first = tool.Model();
        Assert.Equal((0, "no differences\n", ""), tool.Run("diff", first, first));
        var changed = Tool.Sample.Replace("{1, 2, 3, 4}", "{1, 2, 3, 5}", StringComparison.Ordinal)
            .Replace("dead = Neg (c)", "", StringComparison.Ordinal).Replace("Relu (b)", "Elu <alpha: float = 2.0> (b)", StringComparison.Ordinal);
        var second = tool.Model(changed, "second.onnx");
        var (exitCode, output, _) = tool.Run("diff", first, second);
        Assert.Equal(1, exitCode);
        Assert.Equal(
            "- weight main/w: float[4]\n+ weight main/w: float[4]\n"
            + "- node main/c = Relu(b)\n+ node main/c = Elu<alpha=2>(b)\n- node main/dead = Neg(c)\n"
            + "1 weight changed, 1 node changed, 1 node removed\n", output);
        var json = tool.Json(1, "diff", first, second);
        Assert.False(json.GetProperty("identical").GetBoolean());
        Assert.Equal(3, json.GetProperty("changes").GetArrayLength());
    }

    [Fact]
    public void Text_goes_both_ways()
    {
        var model = tool.Model();
        var (exitCode, text, _) = tool.Run("text", model);
        Assert.Equal(0, exitCode);
        File.WriteAllText(tool.Path("again.onnxtxt"), text);
        Assert.Equal(0, tool.Run("text", tool.Path("again.onnxtxt"), "-o", tool.Path("again.onnx")).ExitCode);
        Assert.Equal(0, tool.Run("diff", model, tool.Path("again.onnx")).ExitCode);
        Assert.Contains("{...}", tool.Run("text", model, "--max-elements", "2").Output, StringComparison.Ordinal);
        Assert.Contains("ONNXC0805", tool.Run("text", tool.Path("again.onnxtxt")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_stores_outputs_and_compare_judges()
    {
        var model = tool.Model();
        var run = tool.Json(0, "run", model, "-o", tool.Path("out.npz"), "--seed", "3");
        Assert.Equal("float[2,4]", run.GetProperty("outputs")[0].GetProperty("type").GetString());
        Assert.True(File.Exists(tool.Path("out.npz")));

        Assert.Equal("within-tolerance", tool.Json(0, "compare", model, model, "--exact").GetProperty("verdict").GetString());
        var wrong = tool.Model(Tool.Sample.Replace("{1, 2, 3, 4}", "{1, 2, 3, 5}", StringComparison.Ordinal), "wrong.onnx");
        var beyond = tool.Json(1, "compare", model, wrong);
        Assert.Equal("beyond", beyond.GetProperty("verdict").GetString());
        Assert.False(beyond.GetProperty("values")[0].GetProperty("passed").GetBoolean());
        Assert.Equal(0, tool.Run("compare", model, wrong, "--max-error", "2").ExitCode);
        Assert.Equal("a", tool.Json(1, "compare", model, wrong, "--layers").GetProperty("first_divergence").GetString());
    }

    [Fact]
    public void Run_without_its_data_is_bad_input() => Assert.Equal(2, tool.Run("run", tool.Model(), "--data", tool.Path("none.npz")).ExitCode);

    [Fact]
    public void Bench_times_two_models()
    {
        var model = tool.Model();
        var report = tool.Json(0, "bench", model, model, "--runs", "5", "--warmup", "1");
        Assert.Equal(5, report.GetProperty("runs").GetInt32());
        Assert.True(report.GetProperty("ratio").GetDouble() > 0);
        Assert.True(report.GetProperty("other").GetProperty("median_ms").GetDouble() > 0);
    }

    [Fact]
    public void Kernels_take_the_place_of_functions_in_run_bench_and_compare()
    {
        var poly = Onnxc.Operators.OperatorLibrary.Find("PolyReLU")!.Text;
        // The kernel refuses what the function accepts, which shows who is asked.
        string Text(string weights) => $"<ir_version: 10, opset_import: [\"\": 21, \"ai.onnxc\": 1]>\ng (float[8] x) => (float[8] y) {{ y = ai.onnxc.PolyReLU <weights: floats = [{weights}]> (x) }}\n{poly}";
        var good = tool.Model(Text("1.0, 2.0"));
        var empty = tool.Model(Text(""), "empty.onnx");
        var result = tool.Path("y.npz");
        Assert.Equal(0, tool.Run("run", good, "-o", result, "--kernels").ExitCode);
        Assert.Equal(0, tool.Run("bench", good, good, "--runs", "2", "--kernels").ExitCode);
        Assert.Equal(0, tool.Run("compare", good, good, "--exact", "--kernels").ExitCode);
        Assert.Equal(0, tool.Run("run", empty, "-o", result).ExitCode);
        foreach (var command in new[] { (string[])["run", empty, "-o", result, "--kernels"], ["bench", good, empty, "--kernels"], ["compare", empty, empty, "--kernels"] })
        {
            var (exitCode, _, error) = tool.Run(command);
            Assert.Equal(2, exitCode);
            Assert.Contains("ai.onnxc.PolyReLU", error, StringComparison.Ordinal);
        }
    }
}
