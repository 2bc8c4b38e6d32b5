using Xunit;

namespace Onnxc.Tests;

/// <summary>Models and conformance cases that lie beside the checkout; tests that need them skip, visibly, where they are absent.</summary>
static class SharedData
{
    /// <summary>Folder with Compiler.sln.</summary>
    public static string Repository { get; } = FindRepository();

    public static string Root { get; } = Path.GetFullPath(Path.Combine(Repository, "..", "shared"));

    public static bool IsAvailable => Directory.Exists(Path.Combine(Root, "models")) && Directory.Exists(Path.Combine(Root, "conformance"));

    /// <summary>Full path of a file below <c>models</c>; skips the test when it is absent.</summary>
    public static string Model(string relative)
    {
        var path = Path.Combine(Root, "models", relative);
        Assert.SkipUnless(File.Exists(path), $"shared/models/{relative} is not here");
        return path;
    }

    public static IReadOnlyList<string> AllModels() => Find("models");

    public static IReadOnlyList<string> ConformanceModels() => Find("conformance");

    static IReadOnlyList<string> Find(string folder)
    {
        Assert.SkipUnless(IsAvailable, "the shared models and conformance cases are not here");
        return [.. Directory.EnumerateFiles(Path.Combine(Root, folder), "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Compiler.sln"))) return folder.FullName;
        throw new InvalidOperationException("Compiler.sln was not found above the test binaries");
    }
}
