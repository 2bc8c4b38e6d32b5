using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Pipelines;

/// <summary>What conditions of a predicate look at.</summary>
public static class NodeProperties
{
    public static long Params(Node node)
    {
        long count = 0;
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i)?.Constant is { } constant) count = checked(count + constant.ElementCount);
        return count;
    }

    public static ElementType? Dtype(Node node) =>
        (node.Outputs.Length > 0 ? node.Outputs[0].ElementType : null)
        ?? node.Inputs.Select(i => i?.ElementType).FirstOrDefault(t => t is not null);

    /// <summary><c>main/encoder/layer.0</c> for node <c>/encoder/layer.0/MatMul</c> of the main graph.</summary>
    public static string Scope(Node node)
    {
        var graph = ModelLocation.ScopeOf(node.Graph);
        var name = node.Name ?? "";
        var end = name.LastIndexOf('/');
        return end <= 0 ? graph : $"{graph}/{name[..end].TrimStart('/')}";
    }
}
