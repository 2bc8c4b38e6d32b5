using System.Globalization;
using Onnxc.Cli.Json;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Cli.Inspection;

/// <summary>
/// Compares two models by what their files say. Nodes are matched by the names of what they compute, which rewriting keeps for everything
/// it leaves alone; weights by name and content.
/// </summary>
static class ModelDiff
{
    public static IReadOnlyList<DiffReport.ChangeJson> Compare(Model before, Model after) =>
    [
        .. Table("version", Versions(before), Versions(after)),
        .. Table("opset", Opsets(before), Opsets(after)),
        .. Table("input", Inputs(before), Inputs(after)),
        .. Table("output", Outputs(before), Outputs(after)),
        .. Table("function", Functions(before), Functions(after)),
        .. Table("weight", Weights(before), Weights(after), (a, b) => a.ContentEquals(b), t => t.ToString()),
        .. CompareNodes(before, after),
    ];

    public static IEnumerable<DiffReport.ChangeJson> CompareNodes(Model before, Model after) =>
        Table("node", Nodes(before), Nodes(after), NodesAgree, NodeText.Of);

    static IEnumerable<DiffReport.ChangeJson> Table(string what, OrderedDictionary<string, string> before, OrderedDictionary<string, string> after) =>
        Table(what, before, after, (a, b) => a == b, t => t);

    // In order of the first model, additions at the end in order of the second.
    static IEnumerable<DiffReport.ChangeJson> Table<T>(string what, OrderedDictionary<string, T> before, OrderedDictionary<string, T> after,
        Func<T, T, bool> agree, Func<T, string> text) where T : class
    {
        foreach (var (key, old) in before)
        {
            if (!after.TryGetValue(key, out var now)) yield return new("removed", what, key, text(old), null);
            else if (!agree(old, now)) yield return new("changed", what, key, text(old), text(now));
        }
        foreach (var (key, now) in after)
            if (!before.ContainsKey(key)) yield return new("added", what, key, null, text(now));
    }

    static OrderedDictionary<string, string> Versions(Model model) => new(StringComparer.Ordinal)
    {
        ["IR"] = model.IrVersion.ToString(CultureInfo.InvariantCulture),
    };

    static OrderedDictionary<string, string> Opsets(Model model) =>
        Collect(model.Opsets.Entries.Select(e => (Domain(e.Key), e.Value.ToString(CultureInfo.InvariantCulture))));

    static OrderedDictionary<string, string> Inputs(Model model) => Collect(model.Main.Inputs.Select(i => (i.Name, i.Type?.ToString() ?? "?")));

    static OrderedDictionary<string, string> Outputs(Model model) =>
        Collect(model.Main.OutputNames.Zip(model.Main.Outputs, (n, v) => (n, v.Type?.ToString() ?? "?")));

    static OrderedDictionary<string, string> Functions(Model model) =>
        Collect(model.Functions.Select(f => (f.Id.ToString(), string.Join(", ", f.Opsets.Entries.Select(e => $"{Domain(e.Key)} {e.Value}")))));

    static string Domain(string domain) => domain.Length == 0 ? "ai.onnx" : domain;

    static OrderedDictionary<string, TensorData> Weights(Model model) =>
        Collect(model.Bodies().SelectMany(b => b.Initializers.Select(i => ($"{ModelLocation.ScopeOf(b)}/{i.Name}", i.Initializer!))));

    static OrderedDictionary<string, Node> Nodes(Model model) =>
        Collect(model.Bodies().SelectMany(b => b.Nodes.Select(n => ($"{ModelLocation.ScopeOf(b)}/{Key(n)}", n))));

    static string Key(Node node) => node.Outputs.FirstOrDefault(o => o.Name.Length > 0)?.Name ?? node.DisplayName;

    // Names may repeat in damaged or odd files; the first one counts then, as it does for runtimes.
    static OrderedDictionary<string, T> Collect<T>(IEnumerable<(string Key, T Value)> items)
    {
        var table = new OrderedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var (key, value) in items) table.TryAdd(key, value);
        return table;
    }

    static bool NodesAgree(Node a, Node b) =>
        a.Op == b.Op
        && a.Inputs.Select(i => i?.Name).SequenceEqual(b.Inputs.Select(i => i?.Name))
        && a.Outputs.Select(o => o.Name).SequenceEqual(b.Outputs.Select(o => o.Name))
        && a.Attributes.Count == b.Attributes.Count
        && a.Attributes.All(x => b.Attributes.TryGet(x.Key, out var y) && AttributesAgree(x.Value, y));

    // Subgraphs are compared node by node, in bodies of their own.
    static bool AttributesAgree(AttributeValue a, AttributeValue b) => a.Graphs.Length > 0 ? a.Graphs.Length == b.Graphs.Length : a.Equals(b);
}
