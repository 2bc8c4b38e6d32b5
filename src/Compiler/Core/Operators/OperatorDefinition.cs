using Onnxc.IR;
using Onnxc.Text;

namespace Onnxc.Operators;

/// <summary>An operator of this project: its function, and what the documentation of that says.</summary>
public sealed class OperatorDefinition
{
    OperatorDefinition(string text, Function function) => (Text, Function) = (text, function);

    /// <summary>The function in ONNX text.</summary>
    public string Text { get; }

    /// <summary>The function in a model of its own, to look at.</summary>
    public Function Function { get; }

    public OpId Id => Function.Id;

    public string Name => Id.Name;

    /// <summary>Semantics, then paragraphs on inputs, outputs, attributes, types, special values and the source.</summary>
    public string Documentation => Function.DocString ?? "";

    internal static OperatorDefinition Parse(string text)
    {
        var model = new Model(8, OpsetImports.Empty.With("", OperatorLibrary.OldestOpset));
        return new(text, OnnxParser.ParseFunction(text, model).OrThrow());
    }
}
