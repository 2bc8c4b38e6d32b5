using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Passes.Outline;

/// <summary>
/// Names for the function of a block, from what the names of its occurrences have in common: <c>/encoder/layer.3/attention</c> and the like
/// become <c>LayerAttention</c>, and what is inside loses that prefix.
/// </summary>
sealed class BlockNames
{
    // A few nodes of a block may come from a neighbouring scope.
    const double Majority = 0.75;

    const int MostSegments = 3;

    static readonly char[] Separators = ['/', '.'];

    readonly Block block;
    readonly string[][] scopes;
    readonly HashSet<string> nodeNames;
    readonly Dictionary<string, int> taken = new(StringComparer.Ordinal);

    /// <summary>Names for <paramref name="block"/>; those of its calls are new among <paramref name="nodeNames"/>.</summary>
    public BlockNames(Block block, HashSet<string> nodeNames)
    {
        (this.block, this.nodeNames) = (block, nodeNames);
        scopes = [.. Enumerable.Range(0, block.Starts.Count).Select(i => ScopeOf([.. block.Offsets.Select(o => block.NodeAt(i, o).Name ?? "")]))];
    }

    /// <summary>Name of the function; null when the nodes' names say nothing.</summary>
    public string? OfFunction()
    {
        var stems = scopes.Select(s => s.Select(Stem).ToArray()).ToList();
        var common = stems[0].Length;
        while (!stems.TrueForAll(s => s.Length >= common && s.AsSpan(s.Length - common).SequenceEqual(stems[0].AsSpan(stems[0].Length - common)))) common--;
        // From where the occurrences begin to differ, when they differ by numbers only.
        if (stems.TrueForAll(s => s.Length == common))
        {
            var differs = Enumerable.Range(0, common).FirstOrDefault(i => scopes.Any(s => s[i] != scopes[0][i]), common - 1);
            common -= Math.Max(0, differs);
        }
        var name = string.Concat(stems[0][^Math.Min(common, MostSegments)..].Select(Pascal));
        return name.Length > 0 && !char.IsAsciiDigit(name[0]) ? name : null;
    }

    /// <summary>Null without a scope. ONNX Runtime refuses a model in which two nodes have the same name.</summary>
    public string? OfCall(int occurrence, string function)
    {
        if (scopes[occurrence] is not { Length: > 0 } scope) return null;
        var name = $"/{string.Join('/', scope)}/{function}";
        var unique = name;
        for (var i = 2; !nodeNames.Add(unique); i++) unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{i}");
        return unique;
    }

    public string? OfNode(int offset) => Inner(block.NodeAt(0, offset).Name);

    public string OfResult(int offset, int output)
    {
        var node = block.NodeAt(0, offset);
        return Unique(Inner(node.Outputs[output].Name) ?? node.Op.Name.ToLowerInvariant());
    }

    public string OfParameter(Value[] values) => Unique(Common(values) ?? (values[0].Constant is null ? "x" : "w"));

    public string OfConstant(Value[] values) => Unique(Common(values) ?? "c");

    /// <summary>What follows the part in which the names differ; the name itself where all are the same value.</summary>
    static string? Common(Value[] values)
    {
        if (values.All(v => ReferenceEquals(v, values[0]))) return values[0].Name.TrimStart('/');
        var parts = values.Select(v => v.Name.Split(Separators)).ToList();
        var first = parts[0];
        if (parts.Exists(p => p.Length != first.Length)) return null;
        var last = Array.FindLastIndex(first, s => true);
        while (last >= 0 && parts.TrueForAll(p => p[last] == first[last])) last--;
        return last + 1 < first.Length ? string.Join('_', first[(last + 1)..]) : null;
    }

    string? Inner(string? name)
    {
        var prefix = string.Join('/', scopes[0]);
        var plain = name?.TrimStart('/') ?? "";
        return prefix.Length > 0 && plain.Length > prefix.Length + 1 && plain.StartsWith(prefix, StringComparison.Ordinal) && plain[prefix.Length] == '/'
            ? plain[(prefix.Length + 1)..]
            : null;
    }

    string Unique(string name)
    {
        var letters = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')).Trim('_');
        if (letters.EndsWith("_output_0", StringComparison.Ordinal)) letters = letters[..^"_output_0".Length];
        if (letters.Length == 0 || char.IsAsciiDigit(letters[0])) letters = $"v{letters}";
        var unique = letters;
        while (!taken.TryAdd(unique, 1)) unique = string.Create(CultureInfo.InvariantCulture, $"{letters}_{++taken[letters]}");
        return unique;
    }

    /// <summary>Segments that most of the names begin with, those of the nodes themselves left out.</summary>
    static string[] ScopeOf(IReadOnlyList<string> names)
    {
        var scope = new List<string>();
        var paths = names.Select(n => n.TrimStart('/').Split('/')).ToList();
        var enough = Majority * names.Count;
        while (paths.Where(p => p.Length > scope.Count + 1).GroupBy(p => p[scope.Count], StringComparer.Ordinal).MaxBy(g => g.Count()) is { } most
            && most.Count() >= enough && most.Key.Length > 0)
        {
            scope.Add(most.Key);
            paths = [.. most];
        }
        return [.. scope];
    }

    static string Stem(string segment) => string.Concat(segment.Where(c => !char.IsAsciiDigit(c)));

    static string Pascal(string stem) => string.Concat(stem.Split([.. stem.Where(c => !char.IsAsciiLetter(c)).Distinct()], StringSplitOptions.RemoveEmptyEntries)
        .Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
}
