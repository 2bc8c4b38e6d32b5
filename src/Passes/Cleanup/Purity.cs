using Onnxc.IR;

namespace Onnxc.Passes.Cleanup;

/// <summary>Tells nodes whose outputs depend on their inputs alone from random and stateful ones. One instance serves one model.</summary>
sealed class Purity(Model model)
{
    static readonly HashSet<string> Random = new(StringComparer.Ordinal)
    {
        "Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
        // com.microsoft; PagedAttention writes into a cache that it was given.
        "BiasDropout", "BitmaskBiasDropout", "BitmaskDropout", "DropoutGrad", "PagedAttention", "Sampling",
    };

    readonly Dictionary<Function, bool> functions = [];

    /// <summary>Null when the node is pure, otherwise why it may not be.</summary>
    public string? ReasonAgainst(Node node)
    {
        if (node.Subgraphs.Any()) return "the node holds subgraphs";
        if (model.Functions[node.Op] is { } function) return IsPure(function) ? null : "the function is random or stateful";
        if (node.Op.Domain is not ("" or "ai.onnx.ml" or "com.microsoft")) return "the operator's domain is not known";
        if (Random.Contains(node.Op.Name) || (node.Op.Is("Dropout") && !IsInference(node))) return "the operator is random or stateful";
        return null;
    }

    // A function that calls itself is invalid; "impure" while it is being looked at ends the recursion.
    bool IsPure(Function function)
    {
        if (functions.TryGetValue(function, out var known)) return known;
        functions[function] = false;
        return functions[function] = function.Body.Nodes.All(n => ReasonAgainst(n) is null);
    }

    /// <summary>Versions below 7 have `is_test`, 7 to 11 are for inference only, later ones have an input that defaults to false.</summary>
    internal static bool IsInference(Node node)
    {
        var version = node.Graph.Opsets[""];
        if (version < 7) return node.Attributes.Int("is_test", 0) == 1;
        if (version < 12 || node.Input(2) is not { } training) return true;
        return training.Constant is { ElementCount: 1, Element: ElementType.Bool } constant && constant.Bytes[0] == 0;
    }
}
