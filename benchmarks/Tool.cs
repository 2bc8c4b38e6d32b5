namespace Onnxc.Benchmarks;

/// <summary>The command line as it was built beside the benchmarks.</summary>
static class Tool
{
    static readonly string Path = System.IO.Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "onnxc.exe" : "onnxc");

    public static Measurement Run(params string[] arguments) => Measurement.Of(Path, arguments);

    public static void Print(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));
}
