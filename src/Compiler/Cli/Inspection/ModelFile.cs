using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;
using Onnxc.Text;

namespace Onnxc.Cli.Inspection;

/// <summary>Reads a model from a file of either format.</summary>
static class ModelFile
{
    public const string TextSuffix = ".onnxtxt";

    public static bool IsText(string path) => path.EndsWith(TextSuffix, StringComparison.OrdinalIgnoreCase);

    public static Result<Model> Read(string path)
    {
        if (!IsText(path)) return ModelReader.Read(path);
        var text = Output.TextFile.Read(path);
        return text.IsOk ? OnnxParser.Parse(text.Value, path) : Result<Model>.Fail(text.Diagnostics);
    }
}
