using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Cli.Inspection;

/// <summary>One line per node, for people: <c>y = Conv&lt;group=1&gt;(x, w)</c>. Long attributes are shortened.</summary>
static class NodeText
{
    const int MostItems = 8;

    public static string Of(Node node)
    {
        var outputs = string.Join(", ", node.Outputs.Select(o => o.Name));
        var attributes = string.Join(", ", node.Attributes.Select(a => $"{a.Key}={Text(a.Value)}"));
        var inputs = string.Join(", ", node.Inputs.Select(i => i?.Name ?? "_"));
        return $"{outputs} = {node.Op}{(attributes.Length == 0 ? "" : $"<{attributes}>")}({inputs})";
    }

    static string Text(AttributeValue value) => value switch
    {
        IntAttribute a => a.Value.ToString(CultureInfo.InvariantCulture),
        FloatAttribute a => a.Value.ToString(CultureInfo.InvariantCulture),
        StringAttribute a => $"\"{a.Text}\"",
        IntsAttribute a => List(a.Values, v => v.ToString(CultureInfo.InvariantCulture)),
        FloatsAttribute a => List(a.Values, v => v.ToString(CultureInfo.InvariantCulture)),
        TensorAttribute { Value.ElementCount: 1 } a => $"{a.Value} {Convert.ToHexStringLower(a.Value.Bytes)}",
        TensorAttribute a => a.Value.ToString(),
        ReferenceAttribute a => $"@{a.Parameter}",
        _ => $"{{{value.Kind.ToString().ToLowerInvariant()}}}",
    };

    static string List<T>(IReadOnlyCollection<T> values, Func<T, string> text) =>
        $"[{string.Join(", ", values.Take(MostItems).Select(text))}{(values.Count > MostItems ? ", …" : "")}]";
}
