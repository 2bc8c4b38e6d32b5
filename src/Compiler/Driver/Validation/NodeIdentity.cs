using System.Globalization;
using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Tells nodes that compute a function of their inputs from random, stateful and unknown ones. The latter equal nothing but themselves, and
/// "themselves" goes by name, first output and a count of those that share both. One instance serves one model.
/// </summary>
sealed class NodeIdentity(Model model)
{
    // Beyond those of the standard, which RandomOps knows; PagedAttention writes into a cache that it was given.
    static readonly HashSet<string> Impure = new(StringComparer.Ordinal)
    {
        "BiasDropout", "BitmaskBiasDropout", "BitmaskDropout", "DropoutGrad", "PagedAttention", "Sampling",
    };

    readonly Dictionary<Function, bool> functions = [];
    readonly Dictionary<string, int> seen = new(StringComparer.Ordinal);

    /// <summary>Empty for a function of the inputs; otherwise a text that no other node of the model has. Ask once for each node.</summary>
    public string TagOf(Node node)
    {
        if (IsPure(node)) return "";
        var stem = $"{node.Name}\0{node.Outputs.FirstOrDefault(o => o.Name.Length > 0)?.Name}";
        var count = seen[stem] = seen.GetValueOrDefault(stem) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"impure\0{stem}\0{count}");
    }

    public bool IsPure(Node node)
    {
        if (RandomOps.IsRandom(node)) return false;
        if (model.Functions[node.Op] is { } function)
        {
            if (!IsPure(function)) return false;
        }
        else if (node.Op.Domain is not ("" or "ai.onnx.ml" or "com.microsoft") || Impure.Contains(node.Op.Name)) return false;
        return node.Subgraphs.All(b => b.Nodes.All(IsPure));
    }

    // A function that calls itself is invalid; "impure" while it is being looked at ends the recursion.
    bool IsPure(Function function)
    {
        if (functions.TryGetValue(function, out var known)) return known;
        functions[function] = false;
        return functions[function] = function.Body.Nodes.All(IsPure);
    }
}
