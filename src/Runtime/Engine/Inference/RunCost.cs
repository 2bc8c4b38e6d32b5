using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Whether a model is too large to be run, or only loaded with optimisations, as far as its values are typed. ONNX Runtime computes what
/// depends on constants alone while it loads a model, where no time limit reaches it, so that a file of a hundred bytes could take all memory.
/// </summary>
public static class RunCost
{
    // Far above what real models compute from constants, which are masks and tables; their weights are initializers.
    const long MostConstantBytes = 1L << 28;
    const long MostBytes = 1L << 33;

    /// <summary>The first value whose known size is beyond all reason; null when there is none.</summary>
    public static string? Exceeds(Model model)
    {
        foreach (var body in model.Bodies())
        {
            var constants = new HashSet<Node>();
            foreach (var node in body.Nodes)
            {
                if (!node.Subgraphs.Any() && node.Inputs.All(i => i is null || i.IsInitializer || (i.Producer is { } p && constants.Contains(p)))) constants.Add(node);
                var limit = constants.Contains(node) ? MostConstantBytes : MostBytes;
                foreach (var output in node.Outputs)
                    if (BytesOf(output) is { } bytes && bytes > limit)
                        return FormattableString.Invariant($"`{output}` takes {bytes} bytes, more than {limit}");
            }
        }
        return null;
    }

    static Int128? BytesOf(Value value) =>
        value.Shape?.ElementCount is { } count && value.ElementType is { } element ? ((Int128)count * element.BitWidth() + 7) / 8 : null;
}
