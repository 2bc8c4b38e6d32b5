using Onnxc.IR;
using Onnxc.Passes.Fuse.Algebra;

namespace Onnxc.Passes.Clip;

/// <summary>Finds what an activation function gives, whether it is one operator or spelled out.</summary>
static class Activations
{
    const int SpelledOutDepth = 5;

    static readonly HashSet<string> Standard = new(StringComparer.Ordinal)
    {
        "Celu", "Clip", "Elu", "Gelu", "HardSwish", "LeakyRelu", "Mish", "PRelu", "Relu", "Selu", "Softplus", "Swish", "ThresholdedRelu",
    };

    static readonly HashSet<string> OfOnnxRuntime = new(StringComparer.Ordinal) { "BiasGelu", "FastGelu", "Gelu", "QuickGelu" };

    /// <summary>The outputs of activations in <paramref name="graph"/>, in its order.</summary>
    public static IEnumerable<Value> In(Graph graph) => Of(graph).Select(a => a.Output);

    /// <summary>Activations in <paramref name="graph"/>, in its order: what they take, a bias of theirs aside, and what they give.</summary>
    public static IEnumerable<(Value Input, Value Output)> Of(Graph graph)
    {
        var found = new HashSet<Value>();
        foreach (var node in graph.Nodes)
            if (Find(node) is { } activation && found.Add(activation.Output)) yield return activation;
    }

    /// <summary>True for the one that a clip can stand in for: what it lets through begins at 0.</summary>
    public static bool IsRelu(Node node) => node.Op.Is("Relu");

    static (Value Input, Value Output)? Find(Node node)
    {
        if (node.Op.IsStandard && Standard.Contains(node.Op.Name)) return (node.Input(0)!, node.Output);
        if (node.Op.Domain == "com.microsoft" && OfOnnxRuntime.Contains(node.Op.Name)) return (node.Input(0)!, node.Output);
        if (!node.Op.IsStandard) return null;
        return node.Op.Name switch
        {
            "Mul" when Gated(node) is { } x => (x, node.Output),
            "Max" when node.InputCount == 2 && node.Inputs.Any(i => i is not null && Scalars.Read(i) == 0) => (node.Inputs.First(i => Scalars.Read(i) != 0)!, node.Output),
            // The last product of x/2·(1 + erf(x/√2)), or of the form with tanh.
            "Erf" or "Tanh" => GeluFrom(node),
            _ => null,
        };
    }

    // x·sigmoid(x), x·hardsigmoid(x), x·tanh(softplus(x)).
    static Value? Gated(Node product) =>
        GatedBy(product.Input(0), product.Input(1)) ? product.Input(0) : GatedBy(product.Input(1), product.Input(0)) ? product.Input(1) : null;

    static bool GatedBy(Value? x, Value? gate) => x is not null && gate?.Producer is { } node && node.Op.IsStandard && node.Op.Name switch
    {
        "Sigmoid" or "HardSigmoid" => Cone.Below(node.Input(0)!, 2).Contains(x),
        "Tanh" => node.Input(0)?.Producer is { } inner && inner.Op.Is("Softplus") && inner.Input(0) == x,
        _ => false,
    };

    static (Value Input, Value Output)? GeluFrom(Node anchor)
    {
        foreach (var x in Cone.Below(anchor.Input(0)!, 7))
            foreach (var target in Cone.Above(anchor, SpelledOutDepth))
            {
                var half = Monomial.Of(x) with { Factor = 0.5 };
                if (new Formula(anchor.Graph, x, anchor.Output).Read(target.Output)?.Is(1e-3, [half, Monomial.Of(x) * Monomial.Of(anchor.Output) with { Factor = 0.5 }]) is true)
                    return (x, target.Output);
            }
        return null;
    }
}
