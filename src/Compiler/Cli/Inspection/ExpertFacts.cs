using System.Globalization;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Experts;
using Onnxc.Runtime;

namespace Onnxc.Cli.Inspection;

/// <summary>Finds layers of experts, and shows them.</summary>
static class ExpertFacts
{
    public static Result<InspectReport.ModelJson> Add(InspectReport.ModelJson facts, Model model, string? data)
    {
        DataCalibrator? calibrator = null;
        if (data is not null)
        {
            var samples = DataSet.ReadFor(model, data);
            if (!samples.IsOk) return Result<InspectReport.ModelJson>.Fail(samples.Diagnostics);
            calibrator = new DataCalibrator(samples.Value, new CalibrationOptions());
        }
        var (layers, declined) = ExpertInspection.Of(model, new TypeInference(), calibrator);
        return Result<InspectReport.ModelJson>.Ok(facts with
        {
            Experts = [.. layers.Select(l => new InspectReport.ExpertsJson(l.Name, l.Function, l.Experts, l.Selected, l.Inputs, l.Width, l.Outputs, l.Router, l.Loads))],
            NoExperts = [.. declined.Keys],
        });
    }

    public static void Print(InspectReport.ModelJson model, TextWriter output)
    {
        if (model.Experts is not { } layers) return;
        output.WriteLine();
        if (layers.Count == 0) output.WriteLine("no layers of experts");
        foreach (var reason in model.NoExperts ?? []) output.WriteLine($"left alone: {reason}");
        if (layers.Count == 0) return;
        var table = new TextTable("experts", " count", " chosen", "function", " inputs", " width", " outputs", "router");
        foreach (var l in layers) table.Add(l.Name, Units.Count(l.Experts), Units.Count(l.Selected), l.Function, Units.Count(l.Inputs), Units.Count(l.Width), Units.Count(l.Outputs), l.Router);
        table.WriteTo(output);
        foreach (var l in layers.Where(l => l.Loads is not null))
            output.WriteLine($"load of {l.Name}: {string.Join(" ", l.Loads!.Select(v => v.ToString("p1", CultureInfo.InvariantCulture)))}");
    }
}
