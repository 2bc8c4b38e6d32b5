using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;
using Onnxc.Passes.Fuse.Algebra;

namespace Onnxc.Passes.Activations;

/// <summary>What the two polynomial activations have in common.</summary>
static class PolyCom
{
    /// <summary>Weights of powers in the order of the operators, zeros between them; null where there are none.</summary>
    public static float[]? HighestFirst(SortedDictionary<int, float> weights) =>
        weights.Count == 0 ? null : [.. Enumerable.Range(0, weights.Keys.Max()).Select(i => weights.GetValueOrDefault(weights.Keys.Max() - i))];

    /// <summary>Why <paramref name="nodes"/>, which compute the output of <paramref name="target"/> from <paramref name="x"/>, cannot become one operator.</summary>
    public static string? Obstacle(IReadOnlyCollection<Node> nodes, Node target, Value x)
    {
        if (OperatorLibrary.Obstacle(target.Graph) is { } obstacle) return obstacle;
        if (!BoundTensor.CanHold(Recognition.Element(x))) return "the type of its numbers is not known, or none that the operator takes";
        if (Cone.Escape(nodes, target) is { } escape) return escape;
        return Recognition.KeepsRank(nodes, target, x) ? null : "the rank is not known";
    }
}
