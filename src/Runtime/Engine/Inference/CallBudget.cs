using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>How large a model becomes once ONNX Runtime has expanded every function call, which it does when it opens a session.</summary>
static class CallBudget
{
    public const long MostNodes = 1_000_000;

    /// <summary>Why the model must not be opened, or null. Calls that reach themselves are refused as well.</summary>
    public static string? Check(Model model)
    {
        if (model.Functions.Count == 0) return null;
        var sizes = new Dictionary<Function, Int128>();
        var active = new HashSet<Function>();
        var size = Size(model, model.Main, sizes, active, 0);
        if (size is null) return "its functions call each other in a circle or too deeply";
        return size > MostNodes ? FormattableString.Invariant($"it has {size} nodes once its functions are expanded, more than {MostNodes}") : null;
    }

    static Int128? Size(Model model, Graph body, Dictionary<Function, Int128> sizes, HashSet<Function> active, int depth)
    {
        if (depth > 256) return null;
        Int128 total = 0;
        foreach (var node in body.Nodes)
        {
            if (model.Functions[node.Op] is not { } function) total++;
            else if (Size(model, function, sizes, active, depth) is { } size) total += size;
            else return null;
            foreach (var nested in node.Subgraphs)
            {
                if (Size(model, nested, sizes, active, depth + 1) is not { } size) return null;
                total += size;
            }
        }
        return Int128.Min(total, Int128.One << 100);
    }

    static Int128? Size(Model model, Function function, Dictionary<Function, Int128> sizes, HashSet<Function> active, int depth)
    {
        if (sizes.TryGetValue(function, out var known)) return known;
        if (!active.Add(function)) return null;
        var size = Size(model, function.Body, sizes, active, depth + 1);
        active.Remove(function);
        if (size is { } s) sizes[function] = s;
        return size;
    }
}
