namespace Onnxc.Benchmarks;

/// <summary>The command line as the release build left it in its own folder, or the one that the variable <c>ONNXC</c> names.</summary>
static class Tool
{
    static readonly string Path = Environment.GetEnvironmentVariable("ONNXC") ?? System.IO.Path.Combine(AppContext.BaseDirectory, "../../Onnxc.Cli/release", OperatingSystem.IsWindows() ? "onnxc.exe" : "onnxc");

    public static Measurement Run(params string[] arguments) => Measurement.Of(Path, arguments);

    public static void Print(FormattableString text) => Console.WriteLine(FormattableString.Invariant(text));
}
