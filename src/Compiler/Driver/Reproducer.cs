using Onnxc.Diagnostics;
using Onnxc.Passes;
using Onnxc.Serialization;

namespace Onnxc.Compilation;

/// <summary>Writes down what it takes to see a crash again: the model as it was before the pass that threw, and that pass as a pipeline.</summary>
static class Reproducer
{
    /// <summary>A note that names the files, or says why there are none.</summary>
    public static string Write(CompileOptions options, PassCrash crash, Func<RunnerOptions, Rebuilt?> rebuild)
    {
        var model = options.Output + ".crash.onnx";
        var pipeline = options.Output + ".crash.onnxc";
        try
        {
            using var before = rebuild(new RunnerOptions { StopAfter = crash.ChangesBefore });
            if (before is null) return "the model before the pass could not be made again, so there is no reproducer";
            if (ModelWriter.Write(before.Model, model, options.Write) is { } failure) return $"no reproducer: {failure.Message}";
            File.WriteAllText(pipeline, crash.Pipeline + "\n");
            return $"to see it again: `onnxc compile {model} -o out.onnx -f {pipeline}`";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DiagnosticException)
        {
            return $"no reproducer: {e.Message}";
        }
    }
}
