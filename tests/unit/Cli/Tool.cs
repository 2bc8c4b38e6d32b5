using System.Text.Json;
using Onnxc.Cli;
using Xunit;

namespace Onnxc.Tests.Cli;

/// <summary>Runs the command line in process, with a folder of its own for files.</summary>
sealed class Tool : IDisposable
{
    /// <summary>A small model whose folding, identities and dead nodes give every exact pass something to do.</summary>
    public const string Sample = """
        <ir_version: 10, opset_import: ["" : 21], producer_name: "test">
        sample (float[2,4] x) => (float[2,4] y)
        <float[4] w = {1, 2, 3, 4}>
        {
           a = Add (x, w)
           b = Identity (a)
           c = Relu (b)
           dead = Neg (c)
           y = Identity (c)
        }
        """;

    readonly string folder = Directory.CreateTempSubdirectory("onnxc-cli-").FullName;

    public string Path(string name) => System.IO.Path.Combine(folder, name);

    /// <summary>Path of an .onnx file made from ONNX text.</summary>
    public string Model(string text = Sample, string name = "model.onnx")
    {
        File.WriteAllText(Path("source.onnxtxt"), text);
        Assert.Equal(0, Run("text", Path("source.onnxtxt"), "-o", Path(name)).ExitCode);
        return Path(name);
    }

#pragma warning disable CA1822 // Reads like the other calls on a tool.
    public (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var exitCode = Program.Run(arguments, output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
#pragma warning restore CA1822

    /// <summary>Runs with <c>--json</c> and parses what comes out; the members that every report has are checked.</summary>
    public JsonElement Json(int exitCode, params string[] arguments)
    {
        var result = Run([.. arguments, "--json"]);
        Assert.True(exitCode == result.ExitCode, $"exit code {result.ExitCode}: {result.Error}");
        var root = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal(1, root.GetProperty("schema_version").GetInt32());
        Assert.Equal(arguments[0], root.GetProperty("command").GetString());
        Assert.Equal(exitCode, root.GetProperty("exit_code").GetInt32());
        Assert.Equal(JsonValueKind.Array, root.GetProperty("diagnostics").ValueKind);
        return root;
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
