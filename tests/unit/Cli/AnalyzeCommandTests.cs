using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Cli;

/// <summary><c>onnxc analyze --sparsity</c>, from files to files.</summary>
public sealed class AnalyzeCommandTests : IDisposable
{
    // Neurons 0 and 1 are alive for inputs above and below zero, neuron 2 never is, and neuron 3 always.
    const string Model = """
        <ir_version: 10, opset_import: ["" : 21]>
        g (float[batch, 8, 4] x) => (float[batch, 8, 4] y)
        <float[4, 4] u = {1, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, float[4] b = {0, 0, -1, 1}, float[4, 4] d = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1}>
        { m = MatMul (x, u)  a = Add (m, b)  h = Relu (a)  y = MatMul (h, d) }
        """;

    readonly Tool tool = new();

    public void Dispose() => tool.Dispose();

    // The first sample is above zero in all tokens, the second one alternates.
    string Data()
    {
        var numbers = new float[2 * 8 * 4];
        for (var token = 0; token < 16; token++) numbers[token * 4] = token < 8 || token % 2 == 0 ? 0.5f : -0.5f;
        NpzFile.Write(tool.Path("d.npz"), [new("x", TensorData.Floats(numbers, 2, 8, 4))]);
        return tool.Path("d.npz");
    }

    [Fact]
    public void Every_block_has_its_figures()
    {
        var report = tool.Path("r.html");
        var block = tool.Json(0, "analyze", tool.Model(Model), "--sparsity", "--data", Data(), "--report", report, "--cett", "0.001").GetProperty("blocks")[0];
        Assert.Equal((4, 16), (block.GetProperty("neurons").GetInt32(), block.GetProperty("tokens").GetInt32()));
        Assert.False(block.GetProperty("is_gated").GetBoolean());
        Assert.Equal(0.5, block.GetProperty("density").GetDouble(), 1e-6);
        Assert.Equal(0.5, block.GetProperty("surrogate").GetDouble(), 1e-5);
        Assert.Equal(0.5, block.GetProperty("above").GetDouble(), 1e-6);
        Assert.Equal(0.5, block.GetProperty("token_level").GetDouble(), 1e-6);
        // Two of four neurons are idle throughout the first chunk, one throughout the second.
        Assert.Equal(3 / 8.0, block.GetProperty("chunk_level").GetDouble(), 1e-6);
        Assert.Equal(1, block.GetProperty("curve")[32].GetProperty("error").GetDouble(), 1e-6);
        Assert.Contains("<svg", File.ReadAllText(report), StringComparison.Ordinal);
    }

    /// <summary>A classifier has one row for a sample.</summary>
    [Fact]
    public void Of_single_rows_there_are_figures_but_those_of_chunks()
    {
        NpzFile.Write(tool.Path("rows.npz"), [new("x", TensorData.Floats([0.5f, 0, 0, 0, -0.5f, 0, 0, 0], 2, 4))]);
        var block = tool.Json(0, "analyze", tool.Model(Model.Replace("batch, 8, 4", "batch, 4", StringComparison.Ordinal)), "--sparsity", "--data", tool.Path("rows.npz")).GetProperty("blocks")[0];
        Assert.Equal((2, "NaN"), (block.GetProperty("tokens").GetInt32(), block.GetProperty("chunk_level").GetString()));
        Assert.Equal(0.5, block.GetProperty("density").GetDouble(), 1e-6);
    }

    [Theory]
    [InlineData("ONNXC0384", "--sparsity", "--data")]
    [InlineData("--data DATA", "--sparsity")]
    [InlineData("what to measure")]
    public void What_is_missing_is_named(string message, params string[] options)
    {
        var plain = tool.Model("<ir_version: 10, opset_import: [\"\" : 21]>\ng (float[batch, 8, 4] x) => (float[batch, 8, 4] y) { y = Neg (x) }");
        string[] arguments = ["analyze", plain, .. options, .. options.Contains("--data") ? [Data()] : Array.Empty<string>()];
        var (exitCode, _, error) = tool.Run(arguments);
        Assert.Equal(2, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }
}
