using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Operators whose results differ from run to run.</summary>
public static class RandomOps
{
    static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli",
    };

    /// <summary>True when the node draws random numbers, itself or in a function or body it runs; a fixed <c>seed</c> makes no difference here.</summary>
    public static bool IsRandom(Node node) => IsRandom(node, unseededOnly: false, []);

    /// <summary>The first node that draws random numbers without a fixed seed; null when two runs of the model give the same.</summary>
    public static Node? FindUnseeded(Model model) => model.Main.Nodes.FirstOrDefault(n => IsRandom(n, unseededOnly: true, []));

    /// <summary>True when the main graph draws random numbers, seeded or not: a second run of one session then differs from the first.</summary>
    public static bool Any(Model model) => model.Main.Nodes.Any(IsRandom);

    static bool IsRandom(Node node, bool unseededOnly, HashSet<Function> active)
    {
        if (node.Op.IsStandard && (Names.Contains(node.Op.Name) || IsTrainingDropout(node)))
            return !unseededOnly || !node.Attributes.Has("seed");
        if (node.Subgraphs.Any(b => b.Nodes.Any(n => IsRandom(n, unseededOnly, active)))) return true;
        return node.Graph.Model.Functions[node.Op] is { } function && active.Add(function)
            && function.Body.Nodes.Any(n => IsRandom(n, unseededOnly, active));
    }

    // Since opset 12 input 2 switches training on; until 6 the attribute is_test switches it off.
    static bool IsTrainingDropout(Node node) =>
        node.Op.Is("Dropout") && (node.Input(2) is { } training && (training.Constant is not { Element: ElementType.Bool, ElementCount: 1 } flag || flag.Bytes[0] != 0)
            || (node.Graph.Opsets[""] is > 0 and < 7 && node.Attributes.Int("is_test", 0) == 0));
}
