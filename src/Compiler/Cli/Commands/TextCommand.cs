using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Inspection;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.Serialization;
using Onnxc.Text;

namespace Onnxc.Cli.Commands;

/// <summary>Converts between ONNX files and ONNX text.</summary>
sealed class TextCommand : ToolCommand<TextReport>
{
    readonly Argument<string> input = new("FILE") { Description = "A model to print, or an .onnxtxt file to read." };

    readonly Option<string?> target = new("--output", "-o")
    {
        HelpName = "FILE",
        Description = "Where to write; the format goes by the suffix.",
    };

    readonly Option<long?> maxElements = new("--max-elements")
    {
        HelpName = "N",
        Description = "Leave out the data of larger tensors; the text can then be read by people only.",
    };

    public TextCommand() : base("text", "Print a model as ONNX text, or make a model of one.")
    {
        Add(input);
        Add(target);
        Add(maxElements);
    }

    protected override JsonTypeInfo<TextReport> JsonType => JsonContext.Default.TextReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        var (from, to) = (arguments.GetRequiredValue(input), arguments.GetValue(target));
        if (ModelFile.IsText(from) && to is null)
            return Refuse(Diagnostic.Create(Descriptors.MissingOutput, null, $"`text` on an `{ModelFile.TextSuffix}` file"));
        var read = ModelFile.Read(from);
        if (!read.IsOk) return Refuse(read.Diagnostics);
        var options = new PrintOptions { MaxElements = arguments.GetValue(maxElements) ?? long.MaxValue };
        var report = new TextReport { Input = from, Output = to };
        if (to is null) return Done(report with { Text = OnnxPrinter.Print(read.Value, options) }, diagnostics: read.Diagnostics);
        var failure = ModelFile.IsText(to)
            ? TextFile.Write(to, writer => OnnxPrinter.Print(read.Value, writer, options))
            : ModelWriter.Write(read.Value, to);
        return failure is null ? Done(report, diagnostics: read.Diagnostics) : Refuse([.. read.Diagnostics, failure]);
    }

    protected override void Print(TextReport report, ParseResult arguments, TextWriter output) => output.Write(report.Text);
}
