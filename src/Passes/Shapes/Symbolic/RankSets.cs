using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>
/// Ranks that values can have: forwards what their producers can make, branches of an <c>If</c> included, and backwards what those that use them
/// for certain accept without failing. A set is a mask with bit r for rank r.
/// </summary>
sealed class RankSets
{
    const ulong Any = ulong.MaxValue;

    static readonly HashSet<string> Preserving = new(StringComparer.Ordinal)
    {
        "Abs", "Cast", "Ceil", "Clip", "Elu", "Erf", "Exp", "Floor", "HardSigmoid", "Identity", "LeakyRelu", "Log", "Neg", "Not", "Reciprocal", "Relu",
        "Round", "Selu", "Sigmoid", "Sign", "Softmax", "Softplus", "Softsign", "Sqrt", "Tanh",
    };

    readonly ShapeAnalysis analysis;
    readonly Dictionary<Value, ulong> made = [];
    readonly Dictionary<Value, ulong> accepted = [];

    public RankSets(Model model)
    {
        analysis = new ShapeAnalysis(model);
        foreach (var function in model.Functions) Visit(function.Body);
        Visit(model.Main);
    }

    /// <summary>Ranks that the value may have in some run.</summary>
    public ulong Possible(Value value) =>
        analysis.ShapeOf(value) is { Length: < 64 } shape ? 1ul << shape.Length : made.GetValueOrDefault(value, Any);

    /// <summary>Ranks with which no node that was given to <see cref="Constrain"/> fails.</summary>
    public ulong Accepted(Value value) => accepted.GetValueOrDefault(value, Any);

    /// <summary>Takes note of what a node, which is sure to run, demands of its inputs. Users are to be given before producers.</summary>
    public void Constrain(Node node)
    {
        if (node.Op.Domain.Length > 0 || node.Outputs.IsEmpty) return;
        if (Preserving.Contains(node.Op.Name)) Accept(node.Input(0), Accepted(node.Output));
        else if (node.Op.Name == "Unsqueeze" && Axes(node) is { } added) Accept(node.Input(0), Accepted(node.Output) >> added);
        else if (node.Op.Name == "Squeeze" && Axes(node) is { } taken) Accept(node.Input(0), Accepted(node.Output) << taken);
        else if (node.Op.Name == "Transpose" && node.Attributes.Ints("perm") is { Length: < 64 } perm) Accept(node.Input(0), 1ul << perm.Length);
        else if (node.Op.Name is "Conv" or "ConvTranspose" && node.Input(1) is { } weights) Accept(node.Input(0), Possible(weights));
        else if (node.Op.Name is "LSTM" or "GRU" or "RNN")
            foreach (var slot in new[] { 0, 5, 6 }) Accept(node.Input(slot), 1ul << 3);
    }

    void Accept(Value? value, ulong ranks)
    {
        if (value is not null) accepted[value] = accepted.GetValueOrDefault(value, Any) & ranks;
    }

    void Visit(Graph graph)
    {
        foreach (var node in graph.Nodes)
        {
            foreach (var body in node.Subgraphs) Visit(body);
            foreach (var output in node.Outputs) made[output] = Made(node, output);
        }
    }

    ulong Made(Node node, Value value)
    {
        if (node.Op.Domain.Length > 0) return Any;
        if (Preserving.Contains(node.Op.Name) && node.Input(0) is { } same) return Possible(same);
        if (node.Op.Name == "Unsqueeze" && node.Input(0) is { } narrow && Axes(node) is { } added) return Possible(narrow) << added;
        if (node.Op.Name == "Squeeze" && node.Input(0) is { } wide && Axes(node) is { } taken) return Possible(wide) >> taken;
        if (node.Op.Name != "If") return Any;
        var ranks = 0ul;
        foreach (var branch in node.Subgraphs) ranks |= value.OutputIndex < branch.Outputs.Count ? Possible(branch.Outputs[value.OutputIndex]) : Any;
        return ranks;
    }

    int? Axes(Node node) => analysis.Integers(node, "axes", 1) is { Length: > 0 and < 64 } axes ? axes.Length : null;
}
