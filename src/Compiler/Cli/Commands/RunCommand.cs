using System.CommandLine;
using System.Text.Json.Serialization.Metadata;
using Onnxc.Cli.Inspection;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>Runs a model in ONNX Runtime on data, or on generated inputs, and stores what it gives.</summary>
sealed class RunCommand : ToolCommand<RunReport>
{
    readonly Argument<string> model = new("MODEL") { Description = "An .onnx file." };
    readonly Option<string?> target = new("--output", "-o") { HelpName = "FILE.npz", Description = "Where to store the outputs." };

    readonly Option<int> batch = new("--batch")
    {
        HelpName = "N",
        Description = "Samples per run, where the model leaves that open.",
        DefaultValueFactory = _ => 1,
    };

    readonly RuntimeOptions runtime;

    public RunCommand() : base("run", "Run a model in ONNX Runtime and store its outputs.")
    {
        Add(model);
        Add(target);
        Add(batch);
        runtime = new(this);
    }

    protected override JsonTypeInfo<RunReport> JsonType => JsonContext.Default.RunReport;

    protected override Outcome Run(ParseResult arguments, Terminal terminal)
    {
        var loaded = OrtModel.Load(arguments.GetRequiredValue(model), runtime.CandidateSettings(arguments));
        if (!loaded.IsOk) return Refuse(loaded.Diagnostics);
        using var session = loaded.Value;
        var samples = Samples(arguments, session, out var rows);
        if (!samples.IsOk) return Refuse(samples.Diagnostics);
        var diagnostics = new List<Diagnostic>([.. loaded.Diagnostics, .. samples.Diagnostics]);
        var outputs = new OutputCollector();
        var runs = 0;
        foreach (var sample in samples.Value)
        {
            var result = session.Run(sample.Inputs);
            if (!result.IsOk) return Refuse([.. diagnostics, .. result.Diagnostics]);
            runs++;
            foreach (var (name, value) in result.Value)
            {
                if (value is TensorValue tensor) outputs.Add(name, tensor.Data);
                else if (runs == 1) diagnostics.Add(Diagnostic.Create(Descriptors.OutputNotStorable, null, name, value));
            }
        }
        return Store(outputs, rows, runs, arguments.GetValue(target), diagnostics);
    }

    static Outcome Store(OutputCollector outputs, int rows, int runs, string? file, List<Diagnostic> diagnostics)
    {
        try
        {
            var joined = outputs.Join(rows).ToList();
            if (file is not null) NpzFile.Write(file, joined);
            return Done(new() { Output = file, Runs = runs, Outputs = [.. joined.Select(o => ToJson(o.Key, o.Value))] }, diagnostics: diagnostics);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Refuse([.. diagnostics, Diagnostic.Create(Descriptors.FileNotWritable, null, file ?? "the result", e.Message)]);
        }
    }

    Result<IReadOnlyList<Sample>> Samples(ParseResult arguments, OrtModel session, out int rows)
    {
        rows = 1;
        if (runtime.Data(arguments) is { } path)
        {
            var data = RuntimeOptions.ReadData(path, session);
            if (!data.IsOk) return Result<IReadOnlyList<Sample>>.Fail(data.Diagnostics);
            rows = data.Value.Count;
            return Result<IReadOnlyList<Sample>>.Ok([.. data.Value.Batches(session.Inputs, arguments.GetValue(batch))], data.Diagnostics);
        }
        var shapes = runtime.Shapes(arguments);
        if (!shapes.IsOk) return Result<IReadOnlyList<Sample>>.Fail(shapes.Diagnostics);
        var inputs = new InputGenerator(runtime.Seed(arguments), shapes.Value).ForModel(session);
        return inputs.IsOk
            ? Result<IReadOnlyList<Sample>>.Ok([new Sample(inputs.Value, Sample.NothingExpected)], inputs.Diagnostics)
            : Result<IReadOnlyList<Sample>>.Fail(inputs.Diagnostics);
    }

    protected override void Print(RunReport report, ParseResult arguments, TextWriter output)
    {
        var table = new TextTable("output", "type", " minimum", " maximum", " mean");
        foreach (var o in report.Outputs) table.Add(o.Name, o.Type, Number(o.Minimum), Number(o.Maximum), Number(o.Mean));
        table.WriteTo(output);
    }

    static string Number(double? value) => value is { } number ? Units.Number(number) : "";

    static RunReport.OutputJson ToJson(string name, TensorData data)
    {
        if (data.ElementCount == 0 || data is StringTensor) return new(name, data.ToString(), null, null, null);
        var numbers = TensorNumbers.Read(data);
        return new(name, data.ToString(), numbers.Min(), numbers.Max(), numbers.Average());
    }
}
