using System.Globalization;
using System.Text;

namespace Onnxc.Passes;

/// <summary>Writes PASSES.md from the catalogue.</summary>
public static class PassesDocument
{
    /// <summary>The document; the same catalogue gives the same text.</summary>
    public static string Generate(PassCatalog catalog)
    {
        var text = new StringBuilder("# Passes\n\nGenerated from the pass catalogue; edit the passes instead. ");
        text.Append("*Exact* passes keep every bit, *rounding* ones may reorder floating-point operations, *approximate* ones change the ");
        text.Append("function on purpose and report their measured error.\n\n");
        text.Append("| Pass | Numerics | Summary |\n| --- | --- | --- |\n");
        foreach (var pass in catalog.Passes)
            text.Append(CultureInfo.InvariantCulture, $"| [`{pass.Name}`](#{pass.Name}) | {Lower(pass.Numerics)} | {Cell(pass.Summary)} |\n");
        if (catalog.Pipelines.Count > 0)
        {
            text.Append("\n# Built-in pipelines\n\n| Name | Summary | Steps |\n| --- | --- | --- |\n");
            foreach (var (name, pipeline) in catalog.Pipelines)
                text.Append(CultureInfo.InvariantCulture, $"| `@{name}` | {Cell(pipeline.Summary)} | `{Cell(pipeline.Text)}` |\n");
        }
        if (catalog.Passes.Any()) text.Append("\n# Options\n");
        foreach (var pass in catalog.Passes) Append(text, pass);
        return text.ToString();
    }

    static void Append(StringBuilder text, PassInfo pass)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {pass.Name}\n\n{pass.Summary}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Numerics: {Lower(pass.Numerics)}.{(pass.SupportsWhere ? "" : " Takes no `where`.")}\n");
        if (pass.Options.Count == 0) return;
        text.Append("\n| Option | Takes | Default | |\n| --- | --- | --- | --- |\n");
        foreach (var option in pass.Options)
            text.Append(CultureInfo.InvariantCulture,
                $"| `{option.Name}` | {Cell(option.Takes)} | `{Cell(option.DefaultText)}` | {Cell(option.Help)} |\n");
    }

    static string Lower(Numerics numerics) => numerics.ToString().ToLowerInvariant();

    // A bar would end the cell, a line break the table.
    static string Cell(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Replace("|", "\\|", StringComparison.Ordinal);
}
