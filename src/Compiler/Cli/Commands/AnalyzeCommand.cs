using System.CommandLine;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Inspection;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.Passes.Sparsity;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>Says how sparse feed-forward blocks are on data.</summary>
sealed class AnalyzeCommand : ToolCommand<AnalyzeReport>
{
    readonly Argument<string> model = new("MODEL") { Description = "An .onnx file." };

    readonly Option<string?> data = RuntimeOptions.DataOption();

    readonly Option<bool> sparsity = new("--sparsity") { Description = "Measure what share of neurons is idle, and what leaving them out would cost." };

    readonly Option<string?> report = new("--report") { HelpName = "R.html", Description = "Write curves and tables as HTML." };

    readonly Option<int> tokens = new("--tokens") { HelpName = "N", Description = "Tokens to look at, at most.", DefaultValueFactory = _ => 1024 };

    readonly Option<double> threshold = new("--threshold") { HelpName = "T", Description = "Magnitude from which an activation counts as one.", DefaultValueFactory = _ => 0.01 };

    readonly Option<double> cett = new("--cett") { HelpName = "E", Description = "Share of a block's result that idle neurons may make up.", DefaultValueFactory = _ => 0.2 };

    public AnalyzeCommand() : base("analyze", "Measure on data what could be left out of a model.")
    {
        Add(model);
        foreach (var option in new Option[] { sparsity, data, report, tokens, threshold, cett }) Add(option);
    }

    protected override JsonTypeInfo<AnalyzeReport> JsonType => JsonContext.Default.AnalyzeReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        if (!arguments.GetValue(sparsity)) return Refuse(Diagnostic.Create(Descriptors.BadCommandLine, null, "`analyze` needs to be told what to measure: `--sparsity`"));
        if (arguments.GetValue(data) is not { } path) return Refuse(Diagnostic.Create(Descriptors.BadCommandLine, null, "`analyze` needs `--data DATA`"));
        if (arguments.GetValue(tokens) < 8) return Refuse(Diagnostic.Create(Descriptors.BadCommandLine, null, "`--tokens` takes a number from 8, the tokens of a chunk"));
        var read = ModelFile.Read(arguments.GetRequiredValue(model));
        if (!read.IsOk) return Refuse(read.Diagnostics);
        var samples = DataSet.ReadFor(read.Value, path);
        if (!samples.IsOk) return Refuse(samples.Diagnostics);
        new TypeInference().Infer(read.Value);
        var blocks = SparsityAnalysis.Run(read.Value, new DataCalibrator(samples.Value), arguments.GetValue(tokens), arguments.GetValue(threshold), arguments.GetValue(cett));
        if (!blocks.IsOk) return Refuse(blocks.Diagnostics);
        if (blocks.Value.Count == 0) return Refuse(Diagnostic.Create(Descriptors.NoFfnBlocks, ModelLocation.Of(read.Value)));
        var result = new AnalyzeReport
        {
            Model = arguments.GetRequiredValue(model),
            Threshold = arguments.GetValue(threshold),
            Cett = arguments.GetValue(cett),
            Blocks = [.. blocks.Value.Select(AnalyzeReport.FfnBlockJson.Of)],
        };
        return arguments.GetValue(report) is { } html && TextFile.Write(html, Render(result)) is { } failure ? Refuse(failure) : Done(result);
    }

    protected override void Print(AnalyzeReport report, ParseResult arguments, TextWriter output)
    {
        var table = new TextTable([.. Headers(report).Select((h, i) => i == 0 ? h : " " + h)]);
        foreach (var block in report.Blocks) table.Add(Cells(block));
        table.WriteTo(output);
    }

    static string Render(AnalyzeReport report)
    {
        var page = new HtmlPage("sparsity: " + Path.GetFileName(report.Model));
        page.Raw(LineChart.Render([.. report.Blocks.Select(b => new LineChart.Series(b.Name, [.. b.Curve.Select(p => (p.Idle, p.Error, p.Error, p.Error))]))],
            "share of neurons left out", "error of the block's result", isLinear: true));
        page.Table("Feed-forward blocks", Headers(report), [1, 2, 3, 4, 5, 6, 7], report.Blocks.Select(Cells));
        page.Paragraph("Density: activations that are not zero, bit for bit. DEFT: mean of o²/(o² + 1e-7). TLS, CLS8: neurons idle for a token and for eight in a row, where idle ones make up "
            + FaultsReports.Percent(report.Cett) + " of the result. Largest: magnitude of the largest number that the last product multiplies over the median.");
        return page.ToString();
    }

    static string[] Headers(AnalyzeReport report) => ["Block", "Neurons", "Density", "DEFT", string.Create(CultureInfo.InvariantCulture, $"|o| > {report.Threshold:0.######}"), "TLS", "CLS8", "Largest"];

    static string[] Cells(AnalyzeReport.FfnBlockJson block) =>
    [
        block.Name, Units.Count(block.Neurons), FaultsReports.Percent(block.Density), FaultsReports.Percent(block.Surrogate), FaultsReports.Percent(block.Above), FaultsReports.Percent(block.TokenLevel),
        FaultsReports.Percent(block.ChunkLevel), Units.Number(block.MassiveRatio),
    ];
}
