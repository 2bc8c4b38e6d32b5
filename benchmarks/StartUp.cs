namespace Onnxc.Benchmarks;

/// <summary>Processes that do nothing: what every call of the tool pays.</summary>
static class StartUp
{
    public static void Run(int runs)
    {
        foreach (var arguments in new string[][] { ["--version"], ["--help"], ["compile", "--help"], ["passes"] })
        {
            Tool.Run(arguments);
            var seconds = Measurement.Median(Enumerable.Range(0, runs).Select(_ => Tool.Run(arguments).Seconds));
            Tool.Print($"onnxc {string.Join(' ', arguments)}: {seconds * 1000:f0} ms");
        }
    }
}
