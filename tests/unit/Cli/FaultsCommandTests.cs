using Xunit;

namespace Onnxc.Tests.Cli;

public sealed class FaultsCommandTests : IDisposable
{
    readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    static string Model => SharedData.Model("fashion-mnist-keras/model.onnx");

    static string Data => SharedData.Model("fashion-mnist-keras/eval.npz");

    string[] Few(params string[] more) => ["faults", Model, "--data", Data, "--limit", "20", "--trials", "2", "--rates", "1e-6,1e-4", "-q", .. more];

    [Fact]
    public void Tells_what_is_left_at_each_rate()
    {
        var report = tool.Json(0, Few());
        var model = report.GetProperty("models")[0];
        Assert.Equal(20, model.GetProperty("decisions").GetInt32());
        var points = model.GetProperty("targets")[0].GetProperty("points");
        Assert.Equal(2, points.GetArrayLength());
        Assert.Equal(2, points[0].GetProperty("trials").GetInt32());
        Assert.InRange(points[1].GetProperty("kept").GetProperty("mean").GetDouble(), 0, 1);
    }

    [Fact]
    public void Holds_a_second_model_against_the_first_and_draws_curves()
    {
        var report = tool.Json(0, Few("--against", Model, "--report", tool.Path("r.html")));
        Assert.All(report.GetProperty("gains").EnumerateArray(), g => Assert.Equal(0, g.GetProperty("mean").GetDouble()));
        var page = File.ReadAllText(tool.Path("r.html"));
        Assert.Contains("<polyline", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Merges_ledgers_of_shards()
    {
        var whole = tool.Run(Few("--ledger", tool.Path("whole")));
        Assert.Equal(0, whole.ExitCode);
        foreach (var shard in new[] { "1", "2" }) Assert.Equal(0, tool.Run(Few("--ledger", tool.Path(shard), "--shard", shard + "/2")).ExitCode);
        Assert.Equal(0, tool.Run("faults", "merge", tool.Path("1"), tool.Path("2"), "-o", tool.Path("merged")).ExitCode);
        Assert.Equal(File.ReadAllLines(tool.Path("whole"))[0], File.ReadAllLines(tool.Path("merged"))[0]);
        Assert.Equal(File.ReadAllLines(tool.Path("whole")).Order(), File.ReadAllLines(tool.Path("merged")).Order());
    }

    [Fact]
    public void Ledgers_of_other_campaigns_are_refused()
    {
        Assert.Equal(0, tool.Run(Few("--ledger", tool.Path("l"))).ExitCode);
        Refused("ONNXC0346", Few("--ledger", tool.Path("l"), "--seed", "1"));
        File.WriteAllText(tool.Path("broken"), "no ledger");
        Refused("ONNXC0347", "faults", "merge", tool.Path("broken"));
        Refused("ONNXC0347", "faults", "merge", tool.Path("absent"));
    }

    [Theory]
    [InlineData("--rates", "1e-6,2")]
    [InlineData("--rates", "-1")]
    [InlineData("--rates", "nan")]
    [InlineData("--trials", "0")]
    [InlineData("--bit", "64")]
    [InlineData("--shard", "3/2")]
    public void Numbers_out_of_range_are_refused(string option, string value) => Refused("ONNXC0801", Few(option, value));

    [Fact]
    public void Unknown_layers_are_named_with_what_is_near()
    {
        var error = Refused("ONNXC0343", Few("--layers", "StatefulPartitionedCall/sequential/dense/MatMull"));
        Assert.Contains("sequential/dense/MatMul/MatMulAddFusion`", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_keeps_its_name_when_it_is_fused() =>
        Assert.Equal(1024 * 10 * 32 + 10 * 32, tool.Json(0, Few("--layers", "StatefulPartitionedCall/sequential/dense/MatMul")).GetProperty("models")[0].GetProperty("bits").GetInt64());

    [Fact]
    public void Accuracy_needs_labels() => Refused("ONNXC0344", "faults", Model, "--data", SharedData.Model("fashion-mnist-keras/calib.npz"), "--metric", "accuracy", "-q");

    [Fact]
    public void Models_without_weights_or_scores_are_refused()
    {
        File.Copy(Data, tool.Path("d.npz"));
        Refused("ONNXC0342", "faults", tool.Model("<ir_version: 8, opset_import: [\"\": 17]>\ng (float[n,28,28,1] conv2d_input) => (float[n,28,28,1] y) { y = Neg (conv2d_input) }"), "--data", tool.Path("d.npz"), "-q");
        Refused("ONNXC0341", "faults", tool.Model("<ir_version: 8, opset_import: [\"\": 17]>\ng (float[n,28,28,1] conv2d_input) => (float[n,1] y) <int64[2] s = {-1, 1}, float w = {2}> { m = Mul (conv2d_input, w)  y = Reshape (m, s) }"), "--data", tool.Path("d.npz"), "-q");
    }

    string Refused(string id, params string[] arguments)
    {
        var (exitCode, _, error) = tool.Run(arguments);
        Assert.Equal(2, exitCode);
        Assert.Contains(id, error, StringComparison.Ordinal);
        return error;
    }
}
