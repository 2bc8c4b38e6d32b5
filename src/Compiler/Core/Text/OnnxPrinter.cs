using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>
/// Prints models in the ONNX textual syntax, such that <see cref="OnnxParser"/> reads back a model that prints the same text. Beyond the
/// official syntax: quoted names wherever a name can be odd, sub-byte and complex tensors, sparse tensors, <c>\xNN</c> in strings and
/// <c>?</c> for missing types. Not printed: documentation of graphs and nodes, metadata below the model, names of tensors in attributes,
/// quantization annotations and training graphs, for which the syntax has no place.
/// </summary>
public static class OnnxPrinter
{
    public static void Print(Model model, TextWriter writer, PrintOptions? options = null)
    {
        HeaderPrinter.Write(writer, model);
        new GraphPrinter(writer, options ?? PrintOptions.Default, new NameAssignment(model.Main)).WriteGraph(model.Main, 0);
        writer.Write('\n');
        foreach (var function in model.Functions)
        {
            writer.Write('\n');
            Print(function, writer, options);
        }
    }

    /// <summary>Prints a graph alone. Values that it captures appear by name, without a definition.</summary>
    public static void Print(Graph graph, TextWriter writer, PrintOptions? options = null)
    {
        new GraphPrinter(writer, options ?? PrintOptions.Default, new NameAssignment(graph)).WriteGraph(graph, 0);
        writer.Write('\n');
    }

    public static void Print(Function function, TextWriter writer, PrintOptions? options = null)
    {
        HeaderPrinter.Write(writer, function);
        new GraphPrinter(writer, options ?? PrintOptions.Default, new NameAssignment(function.Body)).WriteFunction(function);
        writer.Write('\n');
    }

    public static string Print(Model model, PrintOptions? options = null) => ToText(w => Print(model, w, options));

    public static string Print(Graph graph, PrintOptions? options = null) => ToText(w => Print(graph, w, options));

    public static string Print(Function function, PrintOptions? options = null) => ToText(w => Print(function, w, options));

    static string ToText(Action<TextWriter> print)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        print(writer);
        return writer.ToString();
    }
}
