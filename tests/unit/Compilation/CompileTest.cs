using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Tests.Compilation;

/// <summary>Compiles a model made in memory, through files, in a folder of its own.</summary>
static class CompileTest
{
    /// <summary>The result, and what was written; null when nothing was.</summary>
    public static (CompileResult Result, Model? Written) Compile(Model model, string pipeline, bool strict = false)
    {
        var folder = Directory.CreateTempSubdirectory("onnxc-compile-");
        try
        {
            var (input, output) = (Path.Combine(folder.FullName, "in.onnx"), Path.Combine(folder.FullName, "out.onnx"));
            if (ModelWriter.Write(model, input) is { } failure) throw new InvalidOperationException(failure.Message);
            var result = Compiler.Compile(new CompileOptions { Input = input, Output = output, Pipeline = pipeline, Catalog = WrongPasses.Catalog, Strict = strict });
            return (result, File.Exists(output) ? ModelReader.Read(File.ReadAllBytes(output)).OrThrow() : null);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
