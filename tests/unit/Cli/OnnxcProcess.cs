using System.Diagnostics;
using System.Globalization;

namespace Onnxc.Tests.Cli;

/// <summary>Runs the built command line as a process of its own, and measures it.</summary>
static class OnnxcProcess
{
    /// <summary>How a run ended: what it said, and the most memory, processor time and time it took.</summary>
    public sealed record Outcome(int ExitCode, string Output, string Error, long PeakBytes, TimeSpan Processor, TimeSpan Wall)
    {
        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"exit {ExitCode}, {PeakBytes >> 20} MB, {Processor.TotalSeconds:f2} s of {Wall.TotalSeconds:f2} s: {Error}{Output}");
    }

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The assembly beside which its dependencies lie: that of the same configuration as the tests.</summary>
    static string Assembly { get; } =
        Path.Combine(SharedData.Repository, "artifacts", "bin", "Onnxc.Cli", new DirectoryInfo(AppContext.BaseDirectory).Name, "onnxc.dll");

    /// <summary>Runs to the end, or kills what has not ended after 20 seconds; the exit code is then not 0, 1 or 2.</summary>
    public static Outcome Run(IEnumerable<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Assembly, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var (peak, processor) = (0L, TimeSpan.Zero);
        while (!process.WaitForExit(5))
        {
            // The kernel keeps both only as long as the process lives, so that the last few milliseconds go unseen.
            if (PeakOf(process.Id) is { } bytes) (peak, processor) = (bytes, ProcessorTimeOf(process) ?? processor);
            if (watch.Elapsed > Patience) process.Kill(entireProcessTree: true);
        }
        process.WaitForExit();
        return new(process.ExitCode, output.Result, error.Result, peak, processor, watch.Elapsed);
    }

    static long? PeakOf(int id)
    {
        try
        {
            var line = File.ReadLines($"/proc/{id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? null : long.Parse(line.AsSpan(6, line.Length - 6 - 2).Trim(), CultureInfo.InvariantCulture) << 10;
        }
        catch (IOException)
        {
            return null;
        }
    }

    static TimeSpan? ProcessorTimeOf(Process process)
    {
        try
        {
            return process.TotalProcessorTime;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
