using Onnxc.Passes;

namespace Onnxc.Compilation;

/// <summary>The passes and built-in pipelines that come with onnxc.</summary>
public static class StandardCatalog
{
    public static PassCatalog Instance { get; } = new(Catalog.Passes, Passes.Pipelines.BuiltIn);
}
