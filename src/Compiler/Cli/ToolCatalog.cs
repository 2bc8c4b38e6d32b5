using Onnxc.Passes;

namespace Onnxc.Cli;

/// <summary>The catalogue of everything that this tool ships with. Made on demand: reflecting over passes takes time that `--help` must not pay.</summary>
static class ToolCatalog
{
    public static PassCatalog Create() => new(
        Catalog.Passes,
        Passes.Pipelines.BuiltIn.ToDictionary(p => p.Key, p => new BuiltInPipeline(p.Value.Text, p.Value.Summary), StringComparer.Ordinal));
}
