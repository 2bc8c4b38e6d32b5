using Xunit;

namespace Onnxc.Tests.Cli;

/// <summary>
/// Hostile files through the whole process: it ends soon, within memory, with exit 2 and one coded error, and writes nothing. Models that
/// are legal and only huge to run are compiled, without being run.
/// </summary>
public sealed class HostileProcessTests(ITestOutputHelper output) : IDisposable
{
    const long MostMemory = 500L << 20;
    static readonly TimeSpan MostTime = TimeSpan.FromSeconds(2);

    readonly string folder = Directory.CreateTempSubdirectory("onnxc-hostile-").FullName;

    string Home => Directory.CreateDirectory(Path.Combine(folder, "home")).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> HostileNames => [.. HostileModels.Refused.Keys];

    public static TheoryData<string> BombNames => [.. HostileModels.Bombs.Keys];

    [Theory]
    [MemberData(nameof(HostileNames))]
    public void Hostile_files_are_refused(string name)
    {
        var (id, bytes) = HostileModels.Refused[name];
        AssertRefused(id, Run(bytes()));
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("symbolic")]
    [InlineData("hard")]
    [InlineData("pipe")]
    [InlineData("*/_ORT_MEM_ADDR_/*")]
    public void External_data_elsewhere_is_refused(string location)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "links and pipes are made with the tools of Linux");
        File.WriteAllBytes(Path.Combine(folder, "secret"), new byte[8]);
        File.CreateSymbolicLink(Path.Combine(Home, "symbolic"), Path.Combine(folder, "secret"));
        if (location == "hard") Shell("ln", Path.Combine(folder, "secret"), Path.Combine(Home, "hard"));
        if (location == "pipe") Shell("mkfifo", Path.Combine(Home, "pipe"));
        AssertRefused("ONNXC0009", Run(HostileModels.External(location)));
    }

    [Theory]
    [MemberData(nameof(BombNames))]
    public void Bombs_are_compiled_without_being_run(string name)
    {
        foreach (var pipeline in new[] { "@default", "@aggressive" })
        {
            var run = Run(HostileModels.Bombs[name](), pipeline);
            AssertCheap(run);
            Assert.True(run.ExitCode == 0, run.ToString());
            Assert.True(new FileInfo(Path.Combine(Home, "out.onnx")).Length < 1 << 20, "the result is larger than any input");
        }
    }

    OnnxcProcess.Outcome Run(byte[] bytes, string pipeline = "@default")
    {
        var input = Path.Combine(Home, "in.onnx");
        File.WriteAllBytes(input, bytes);
        var run = OnnxcProcess.Run(["compile", input, "-o", Path.Combine(Home, "out.onnx"), "-p", pipeline, "--quiet"]);
        output.WriteLine(run.ToString());
        return run;
    }

    void AssertRefused(string id, OnnxcProcess.Outcome run)
    {
        AssertCheap(run);
        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.Equal(1, run.Error.Split("error[ONNXC").Length - 1);
        Assert.Contains($"error[{id}]", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Home), f => Path.GetFileName(f).Contains("out.onnx", StringComparison.Ordinal));
    }

    // Processor time, since other work on the machine must not fail a test; but waiting for something counts too.
    static void AssertCheap(OnnxcProcess.Outcome run)
    {
        Assert.True(run.Processor < MostTime && run.Wall < 4 * MostTime, run.ToString());
        Assert.True(run.PeakBytes < MostMemory, run.ToString());
    }

    static void Shell(string command, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(command, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
