using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Tests.Cli;
using Xunit;

namespace Onnxc.Tests.Runtime.Calibration;

/// <summary><c>onnxc calibrate</c>, from files to files.</summary>
public sealed class CalibrateCommandTests
{
    const string Model = """
        <ir_version: 10, opset_import: ["" : 21]>
        g (float[batch, 4] x) => (float[batch, 3] y)
        <float[4, 3] w = {1, -2, 3, 4, 5, -6, 7, 8, 9, 1, 2, 3}, float c = {2.5}>
        { a = MatMul (x, w)  z = Sub (a, a)  k = Add (z, c)  y = Add (a, k) }
        """;

    static string Data(Tool tool, int samples, string name = "data.npz", string input = "x")
    {
        var random = new Random(1);
        var numbers = Enumerable.Range(0, samples * 4).Select(_ => (float)(random.NextDouble() * 4 - 2)).ToArray();
        NpzFile.Write(tool.Path(name), [new(input, TensorData.Floats(numbers, samples, 4))]);
        return tool.Path(name);
    }

    [Fact]
    public void Shards_merge_into_the_table_of_one_run_byte_for_byte()
    {
        using var tool = new Tool();
        var (model, data) = (tool.Model(Model), Data(tool, 23));
        Assert.Equal(0, tool.Run("calibrate", model, "--data", data, "-o", tool.Path("whole.calib"), "--threads", "1").ExitCode);
        foreach (var i in Enumerable.Range(1, 3))
            Assert.Equal(0, tool.Run("calibrate", model, "--data", data, "-o", tool.Path($"{i}.calib"), "--shard", $"{i}/3", "--memory", "1", "--threads", "2").ExitCode);
        var merged = tool.Run("calibrate", "merge", tool.Path("3.calib"), tool.Path("1.calib"), tool.Path("2.calib"), "-o", tool.Path("merged.calib"));
        Assert.Equal(0, merged.ExitCode);
        Assert.StartsWith("23 samples seen, 0 dropped, 5 values\n2 constant: `k`, `z`\n", merged.Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(tool.Path("whole.calib")), File.ReadAllBytes(tool.Path("merged.calib")));
    }

    [Fact]
    public void A_shard_is_not_merged_twice()
    {
        using var tool = new Tool();
        var (model, data) = (tool.Model(Model), Data(tool, 8));
        tool.Run("calibrate", model, "--data", data, "-o", tool.Path("1.calib"), "--shard", "1/2");
        var merged = tool.Run("calibrate", "merge", tool.Path("1.calib"), tool.Path("1.calib"), "-o", tool.Path("m.calib"));
        Assert.Equal(2, merged.ExitCode);
        Assert.Contains("ONNXC0325", merged.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(tool.Path("m.calib")));
    }

    [Fact]
    public void Samples_that_the_batch_leaves_over_are_told()
    {
        using var tool = new Tool();
        var model = tool.Model(Model.Replace("batch", "5", StringComparison.Ordinal));
        Assert.StartsWith("20 samples seen, 3 dropped", tool.Run("calibrate", model, "--data", Data(tool, 23), "-o", tool.Path("t.calib")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1/0")]
    [InlineData("3/2")]
    [InlineData("0/2")]
    [InlineData("half")]
    public void A_shard_is_a_place_among_a_number(string shard)
    {
        using var tool = new Tool();
        var result = tool.Run("calibrate", tool.Model(Model), "--data", Data(tool, 4), "-o", tool.Path("t.calib"), "--shard", shard);
        Assert.Equal((2, false), (result.ExitCode, File.Exists(tool.Path("t.calib"))));
    }

    [Fact]
    public void Data_for_another_model_are_refused_before_any_work()
    {
        using var tool = new Tool();
        var result = tool.Run("calibrate", tool.Model(Model), "--data", Data(tool, 4, input: "images"), "-o", tool.Path("t.calib"));
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("ONNXC0507", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(tool.Path("t.calib"))!, "*.calib*"));
    }
}
