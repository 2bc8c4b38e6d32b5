using Onnxc.Calibration;
using Onnxc.Cli.Json;
using Onnxc.Cli.Output;

namespace Onnxc.Cli.Commands;

/// <summary>What is told of a calibration table.</summary>
static class CalibrateReports
{
    // More names than these say nothing that the JSON does not say better.
    const int MostNames = 5;

    public static CalibrateReport Of(string output, CalibrationTable table) => new()
    {
        Output = output,
        Samples = table.Samples,
        Dropped = table.Dropped,
        Shards = [.. table.Shards.Select(s => FormattableString.Invariant($"{s.Index + 1}/{s.Count}"))],
        Values = table.Values.Count,
        Constant = [.. table.Values.Where(v => v.Value.IsConstant).Select(v => v.Key)],
        WithNan = [.. table.Values.Where(v => v.Value.NaNs > 0).Select(v => v.Key)],
        WithInfinity = [.. table.Values.Where(v => v.Value.Infinities > 0).Select(v => v.Key)],
    };

    /// <summary>The coverage line, and the values that something is wrong with.</summary>
    public static void Print(CalibrateReport report, TextWriter output)
    {
        output.WriteLine($"{Units.Count(report.Samples)} samples seen, {Units.Count(report.Dropped)} dropped, {Units.Count(report.Values)} values"
            + (report.Shards is ["1/1"] ? "" : $", shards {string.Join(", ", report.Shards)}"));
        Names("constant", report.Constant, output);
        Names("with NaN", report.WithNan, output);
        Names("with infinity", report.WithInfinity, output);
    }

    static void Names(string what, IReadOnlyList<string> names, TextWriter output)
    {
        if (names.Count == 0) return;
        var more = names.Count > MostNames ? $" and {Units.Count(names.Count - MostNames)} more" : "";
        output.WriteLine($"{Units.Count(names.Count)} {what}: {string.Join(", ", names.Take(MostNames).Select(n => $"`{n}`"))}{more}");
    }
}
