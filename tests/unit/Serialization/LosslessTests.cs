using Onnxc.Serialization;
using Onnxc.Serialization.Proto;
using Xunit;

namespace Onnxc.Tests.Serialization;

public sealed class LosslessTests
{
    [Fact]
    public void All_conformance_models_come_back_field_for_field() => AssertLossless(SharedData.ConformanceModels(), 1827);

    [Fact]
    public void All_shared_models_come_back_field_for_field() => AssertLossless(SharedData.AllModels(), 20);

    static void AssertLossless(IReadOnlyList<string> paths, int atLeast)
    {
        Assert.True(paths.Count >= atLeast, $"only {paths.Count} models found");
        var failures = new List<string>();
        foreach (var path in paths)
        {
            var read = ModelReader.Read(path);
            if (!read.IsOk)
            {
                failures.Add($"{path}: {read.Diagnostics[0]}");
                continue;
            }
            var expected = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
            var actual = ModelProto.Parser.ParseFrom(ModelWriter.ToBytes(read.Value));
            if (!expected.Equals(actual)) failures.Add($"{path}: differs");
        }
        Assert.True(failures.Count == 0, string.Join('\n', failures.Take(20)) + $"\n{failures.Count} of {paths.Count} fail");
    }
}
