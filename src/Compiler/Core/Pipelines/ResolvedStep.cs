using Onnxc.IR;

namespace Onnxc.Pipelines;

/// <summary>Text of steps that name the nodes they are for, as the outcome of a search.</summary>
public static class ResolvedStep
{
    /// <summary><c>step where name in ["a", "b"]</c>; null when a name stands for another node as well, so that no text could tell them apart.</summary>
    public static string? Of(string step, Model model, IReadOnlyCollection<Node> nodes)
    {
        var names = nodes.Select(n => n.DisplayName).Distinct(StringComparer.Ordinal).ToList();
        var named = names.ToHashSet(StringComparer.Ordinal);
        return model.AllNodes().Count(n => named.Contains(n.DisplayName)) == nodes.Count ? $"{step} where name in [{string.Join(", ", names.Select(PipelinePrinter.Quote))}]" : null;
    }
}
