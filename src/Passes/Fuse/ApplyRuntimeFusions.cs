using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// Puts the operators that ONNX Runtime makes of patterns when it loads the model (<c>Attention</c>, <c>LayerNormalization</c>, <c>Gelu</c> and their
/// kin) in the place of these patterns: what it would run anyway then stands in the file, and nothing can hide it any more. Only the fused operators
/// are taken over, with the constants made for them; all else stays as it is.
/// </summary>
[Pass("apply-runtime-fusions", "Puts what ONNX Runtime fuses on loading in the place of the patterns.", Numerics = Numerics.Rounding)]
public sealed class ApplyRuntimeFusions(ApplyRuntimeFusions.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Names of fused operators to leave out.")] public ImmutableArray<string> Except { get; init; } = [];
    }

    public override void Run(Model model, PassContext cx)
    {
        if (cx.Optimizer is null || model.AllNodes().All(n => n.Op.Is("Constant"))) return;
        // What is too large to be computed shows in its type.
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        var optimization = cx.Optimizer.Optimize(model);
        if (optimization.Model is not { } optimized)
        {
            cx.Skip($"ONNX Runtime does not optimise the model: {optimization.Failure}");
            return;
        }
        var fused = optimization.Fused.Where(n => options.Except.IsDefault || !options.Except.Contains(n.Op.Name)).ToHashSet();
        if (fused.Count > 0) Apply(new(model.Main), optimized.Main, fused, cx);
    }

    // Bodies correspond where the nodes that hold them make values of the same name.
    static void Apply(FusedNodeImport import, Graph optimized, HashSet<Node> fused, PassContext cx)
    {
        foreach (var node in optimized.Nodes)
        {
            if (fused.Contains(node)) Apply(node, import, cx);
            else if (node.Subgraphs.Any() && import.Find(node.Outputs[0].Name)?.Producer is { } holder)
                foreach (var (name, value) in node.Attributes)
                    if (value is GraphAttribute theirs && holder.Attributes[name] is GraphAttribute ours) Apply(new(ours.Value, import), theirs.Value, fused, cx);
        }
    }

    static void Apply(Node node, FusedNodeImport import, PassContext cx)
    {
        if (import.Site(node) is not { } site) cx.Skip("its output is not in the model");
        else if (site.Op == node.Op || !cx.Selects(site)) return;
        else if (import.ReasonAgainst(node, site) is { } reason) cx.Skip(reason);
        else if (cx.TryStep(site, $"fuse into `{node.Op}`")) import.Replace(node, site);
    }
}
