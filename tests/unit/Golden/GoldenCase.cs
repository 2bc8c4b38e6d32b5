namespace Onnxc.Tests.Golden;

/// <summary>
/// One case file: header lines <c># pipeline:</c> and <c># numeric:</c>, a model in textual syntax, then either <c># ----- becomes</c> and the
/// model that is expected, or <c># ----- unchanged: reason</c>. The whole stays readable by any parser of the syntax, one half at a time.
/// </summary>
sealed record GoldenCase(string Path, string Header, string Pipeline, string Numeric, string Before, string? After, string? Reason)
{
    const string Becomes = "# ----- becomes", Unchanged = "# ----- unchanged:";

    public static GoldenCase Read(string path)
    {
        var text = File.ReadAllText(path);
        var lines = text.Split('\n');
        var split = Array.FindIndex(lines, l => l.StartsWith("# -----", StringComparison.Ordinal));
        if (split < 0) throw new InvalidDataException($"{path}: no line `# -----` parts before and after");
        var header = lines.TakeWhile(l => l.StartsWith('#')).ToList();
        var after = string.Join('\n', lines.Skip(split + 1)).Trim();
        return new(path, string.Join('\n', header), Value(header, "pipeline", path), Value(header, "numeric", path),
            string.Join('\n', lines[header.Count..split]),
            lines[split].StartsWith(Becomes, StringComparison.Ordinal) ? after : null,
            lines[split].StartsWith(Unchanged, StringComparison.Ordinal) ? lines[split][Unchanged.Length..].Trim() : null);
    }

    /// <summary>The file with another expectation.</summary>
    public string With(string after) => $"{Header}\n{Before.TrimEnd()}\n{Becomes}\n{after}";

    static string Value(List<string> header, string key, string path) =>
        header.Select(l => l[1..].Trim()).FirstOrDefault(l => l.StartsWith(key + ":", StringComparison.Ordinal)) is { } line
            ? line[(key.Length + 1)..].Trim()
            : throw new InvalidDataException($"{path}: no `# {key}:` line");
}
