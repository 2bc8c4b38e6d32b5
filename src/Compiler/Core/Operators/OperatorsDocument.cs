using System.Globalization;
using System.Text;
using Onnxc.IR;
using Onnxc.Text;

namespace Onnxc.Operators;

/// <summary>Writes OPERATORS.md from the functions.</summary>
public static class OperatorsDocument
{
    // Paragraphs behind the first begin with what they are about.
    static readonly string[] Headings = ["Inputs", "Outputs", "Attributes", "Types", "Special values", "Source"];

    /// <summary>The document; the same functions give the same text.</summary>
    public static string Generate()
    {
        var text = new StringBuilder("# Operators\n\n");
        text.Append("Generated from `schemas/ops`; edit the functions there instead. Operators of the domain `ai.onnxc`, version 1. A model with one ");
        text.Append("carries its function, so it runs on any ONNX Runtime; where the kernel library is registered, a kernel takes the function's place. ");
        text.Append(CultureInfo.InvariantCulture, $"The functions mean the same from opset {OperatorLibrary.OldestOpset} on.\n\n");
        text.Append("| Operator | |\n| --- | --- |\n");
        foreach (var op in OperatorLibrary.All)
            text.Append(CultureInfo.InvariantCulture, $"| [`{op.Name}`](#{op.Name.ToLowerInvariant()}) | {Cell(Sentence(op.Documentation))} |\n");
        foreach (var op in OperatorLibrary.All) Append(text, op);
        return text.ToString();
    }

    static void Append(StringBuilder text, OperatorDefinition op)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {op.Name}\n\n`{Signature(op.Function)}`\n");
        foreach (var line in op.Documentation.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var isHeaded = colon > 0 && Headings.Contains(line[..colon]);
            text.Append(CultureInfo.InvariantCulture, $"\n{(isHeaded ? $"**{line[..colon]}**{line[colon..]}" : line)}\n");
        }
        var (nodes, names) = (op.Function.Body.Nodes.Count, op.Function.Body.Nodes.Select(n => n.Op.Name).Where(n => n != "Constant").Distinct().Order(StringComparer.Ordinal));
        text.Append(CultureInfo.InvariantCulture, $"\n**Function**: {nodes} nodes of {string.Join(", ", names.Select(n => $"`{n}`"))}.\n");
    }

    static string Signature(Function function)
    {
        var attributes = function.RequiredAttributes.Concat(function.DefaultAttributes.Select(Default)).ToList();
        var header = attributes.Count == 0 ? "" : $" <{string.Join(", ", attributes)}>";
        return $"{string.Join(", ", function.Body.Outputs.Select(o => o.Name))} = {function.Id.Name}{header} ({string.Join(", ", function.Body.Inputs.Select(i => i.Name))})";
    }

    static string Default(KeyValuePair<string, AttributeValue> attribute)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        new AttributePrinter(writer, PrintOptions.Default).Write(attribute.Key, attribute.Value, _ => { });
        return writer.ToString();
    }

    static string Sentence(string documentation) => documentation.Split('\n')[0];

    static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
