using System.Globalization;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>Folders in the layout of the ONNX backend tests: <c>test_data_set_N/input_K.pb</c> and <c>output_K.pb</c>, K the place in the interface.</summary>
static class TestDataFolder
{
    const long MostBytes = 2L << 30;

    public static Result<IReadOnlyList<Sample>> Read(string path, IReadOnlyList<ModelPort> inputs, IReadOnlyList<ModelPort> outputs)
    {
        var folders = Directory.EnumerateDirectories(path, "test_data_set_*").OrderBy(Number).ThenBy(f => f, StringComparer.Ordinal).ToList();
        if (folders.Count == 0 && Directory.EnumerateFiles(path, "*put_*.pb").Any()) folders = [path];
        if (folders.Count == 0) return Fail(Diagnostic.Create(Descriptors.DataNotFound, null, path, "no folder test_data_set_* in it"));
        var samples = new List<Sample>();
        foreach (var folder in folders)
        {
            var fed = ReadValues(folder, "input", inputs);
            if (!fed.IsOk) return Fail(fed.Diagnostics[0]);
            if (inputs.FirstOrDefault(i => !fed.Value.ContainsKey(i.Name)) is { } missing)
                return Fail(Diagnostic.Create(Descriptors.MissingInput, null, missing.Name, missing.Type).WithNote($"data set `{folder}`"));
            var expected = ReadValues(folder, "output", outputs);
            if (!expected.IsOk) return Fail(expected.Diagnostics[0]);
            samples.Add(new Sample(fed.Value, expected.Value));
        }
        return Result<IReadOnlyList<Sample>>.Ok(samples);
    }

    static Result<IReadOnlyDictionary<string, RuntimeValue>> ReadValues(string folder, string kind, IReadOnlyList<ModelPort> ports)
    {
        var values = new OrderedDictionary<string, RuntimeValue>(StringComparer.Ordinal);
        for (var i = 0; i < ports.Count; i++)
        {
            var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{kind}_{i}.pb"));
            if (!File.Exists(file)) continue;
            if (new FileInfo(file).Length > MostBytes)
                return Result<IReadOnlyDictionary<string, RuntimeValue>>.Fail(Diagnostic.Create(Descriptors.DataTooLarge, null, file, "more than 2 GiB"));
            var value = ValueFile.Read(File.ReadAllBytes(file), ports[i].Type, file);
            if (!value.IsOk) return Result<IReadOnlyDictionary<string, RuntimeValue>>.Fail(value.Diagnostics);
            values[ports[i].Name] = value.Value;
        }
        return Result<IReadOnlyDictionary<string, RuntimeValue>>.Ok(values);
    }

    static int Number(string folder) =>
        int.TryParse(folder.AsSpan(folder.LastIndexOf('_') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    static Result<IReadOnlyList<Sample>> Fail(Diagnostic diagnostic) => Result<IReadOnlyList<Sample>>.Fail(diagnostic);
}
