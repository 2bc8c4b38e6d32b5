using Onnxc.Cli.Json;

namespace Onnxc.Cli.Output;

/// <summary>Prints what a compile did: one line per pass, figures before and after, the check.</summary>
static class CompileSummary
{
    const int MostMisses = 20;

    public static void Print(CompileReport report, bool verbose, TextWriter output)
    {
        foreach (var pass in report.Passes)
        {
            output.WriteLine(verbose ? $"{pass.Coverage}, {Units.Milliseconds(pass.Milliseconds)}" : pass.Coverage);
            if (pass.Changes is { } changes) ChangeSummary.Print(changes, verbose, output);
        }
        if (report is { Before: { } before, After: { } after }) PrintFigures(before, after, output);
        if (report.Explained is { } trace) PrintTrace(trace, output);
        if (report.Check is { } check) output.WriteLine(CheckLine(check));
        if (report.Check?.Fusions is { } fusions && FusionLine(fusions) is { } line) output.WriteLine(line);
        if (verbose) output.WriteLine(string.Join(", ", report.Timings.Select(t => $"{t.Stage} {Units.Milliseconds(t.Milliseconds)}")));
        if (report.DryRun) output.WriteLine("dry run: nothing was written");
        if (report.Written) output.WriteLine($"wrote {report.Output}");
    }

    public static string CheckLine(CompileReport.CheckJson check) => check.Outcome switch
    {
        "passed" when check.Proof is { Reason: null } proof => $"check passed: {Units.Count(proof.Values - proof.Obligations)} values are equal by structure, "
            + $"{Units.Count(proof.Obligations)} by running the {Units.Count(proof.Nodes)} nodes that changed",
        "passed" when check.Mode == "exact" => "check passed: the outputs have the same bits",
        "passed" => $"check passed: largest error {Units.Number(check.Outputs.Select(o => o.MaxError).DefaultIfEmpty().Max())}, allowed as {check.Mode}",
        "repaired" => $"check passed after taking back {Units.Count(check.TakenBack.Count)} of the changes: {check.Reason}",
        _ => $"check {check.Outcome}: {check.Reason}",
    };

    /// <summary>Null when ONNX Runtime fuses nothing in either model.</summary>
    static string? FusionLine(CompileReport.FusionsJson fusions)
    {
        if (fusions.Reason is { } reason) return $"fusions of ONNX Runtime not counted: {reason}";
        if (fusions.Before.Count + fusions.After.Count == 0) return null;
        if (fusions.Intact) return $"ONNX Runtime fuses {Units.Count(fusions.Before.Values.Sum())} before, and their patterns are as they were: {List(fusions.Before)}";
        var line = $"ONNX Runtime fuses {Units.Count(fusions.Before.Values.Sum())} before, {Units.Count(fusions.After.Values.Sum())} after: {List(fusions.After)}";
        if (fusions.Kept.Count > 0) line += $"; left alone the patterns of {string.Join(", ", fusions.Kept.Keys)}";
        return fusions.Lost.Count > 0 ? $"{line}; lost {List(fusions.Lost)}" : line;

        static string List(IReadOnlyDictionary<string, int> counts) => string.Join(", ", counts.Select(c => $"{Units.Count(c.Value)} {c.Key}"));
    }

    static void PrintFigures(CompileReport.FiguresJson before, CompileReport.FiguresJson after, TextWriter output)
    {
        output.WriteLine();
        var table = new TextTable("", " before", " after", " change");
        Row("nodes", before.Nodes, after.Nodes);
        Row("parameters", before.Parameters, after.Parameters);
        Size("weights", before.ParameterBytes, after.ParameterBytes);
        Size("file", before.FileBytes, after.FileBytes);
        var names = before.Operators.Keys.Union(after.Operators.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal);
        foreach (var name in names)
            if (before.Operators.GetValueOrDefault(name) is var b && after.Operators.GetValueOrDefault(name) is var a && a != b) Row($"  {name}", b, a);
        table.WriteTo(output);
        output.WriteLine();

        void Size(string name, long b, long a) => table.Add(name, Units.Bytes(b), Units.Bytes(a), Units.Difference(b, a));

        void Row(string name, long b, long a) => table.Add(name, Units.Count(b), Units.Count(a), Units.Difference(b, a));
    }

    static void PrintTrace(CompileReport.TraceJson trace, TextWriter output)
    {
        output.WriteLine($"{trace.Rule}: matched {Units.Count(trace.Matches)} times, came near {Units.Count(trace.Misses.Count)} times");
        foreach (var miss in trace.Misses.Take(MostMisses)) output.WriteLine($"  {miss.Root}: at `{miss.At}`, {miss.Reason}");
        if (trace.Misses.Count > MostMisses) output.WriteLine($"  and {Units.Count(trace.Misses.Count - MostMisses)} more; `--json` has all");
    }
}
