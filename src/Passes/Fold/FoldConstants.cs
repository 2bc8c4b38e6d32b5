using Onnxc.IR;

namespace Onnxc.Passes.Fold;

/// <summary>
/// <c>f(constants) -> constant</c>, <c>Shape(x) -> constant</c> where the shape is static, and <c>Constant</c> nodes outside functions
/// become initializers. A result must not make the model much larger: it either replaces constants of at least its size that die with it,
/// or stays within the limits.
/// </summary>
[Pass("fold-constants", "f(constants) -> constant; Shape(x) -> constant where the shape is static.", PreservesFusions = true)]
public sealed class FoldConstants(FoldConstants.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Largest result to fold, in elements, unless as many bytes of constants die with it.")]
        public long MaxElements { get; init; } = 65_536;

        [Option("Most bytes that all results together may add to the model, net of the constants that die with them.")]
        public long MaxGrowth { get; init; } = 4_096;
    }

    public override void Run(Model model, PassContext cx)
    {
        // Without a runtime nothing is inferred, and only what is typed already is folded.
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        var growth = 0L;
        // Outermost first: what is folded there is a constant to the bodies nested in it.
        foreach (var graph in model.Bodies().ToList())
        {
            FoldShapes(graph, cx);
            if (cx.Evaluator is not null) FoldCones(graph, cx, ref growth);
            if (graph.Function is null) MoveConstants(graph, cx);
        }
    }

    static void FoldShapes(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes)
        {
            if ((!node.Op.Is("Shape") && !node.Op.Is("Size")) || node.Outputs.IsEmpty) continue;
            if (StaticShape.Fold(node) is not { } data) cx.Skip("the shape is not static");
            else if (cx.Selects(node) && cx.TryStep(node, "fold a shape")) Replacement.Install(node.Output, data);
        }
    }

    void FoldCones(Graph graph, PassContext cx, ref long growth)
    {
        var cones = new ConstantCones(graph, options, cx);
        if (cones.Frontier.Count == 0) return;
        var results = cx.Evaluator!.Evaluate(cones.Frontier, cones.MaxElements);
        for (var i = 0; i < results.Count; i++)
        {
            var value = cones.Frontier[i];
            if (results[i].Data is not { } data) cx.Skip(results[i].Failure ?? "the value could not be computed");
            else if (!cones.IsWorthwhile(value, data.ElementCount, data.ByteLength)) cx.Skip("the result is too large");
            else if (value.Type is { } type && !type.IsCompatibleWith(data.Type)) cx.Skip("the computed type contradicts the declared one");
            else if (growth + cones.Growth(value, data.ByteLength) > options.MaxGrowth) cx.Skip("the model would grow too much");
            else if (cx.TryStep(value.Producer, $"fold `{value}`"))
            {
                growth += cones.Growth(value, data.ByteLength);
                Replacement.Install(value, data);
            }
        }
        // Users come after producers, so that backwards one walk removes whole cones.
        foreach (var node in cones.Nodes.Reverse())
            if (!node.IsRemoved && node.Outputs.All(o => !o.HasUses)) graph.RemoveNode(node);
    }

    /// <summary>ONNX Runtime does the same on loading; other passes then see one kind of constant.</summary>
    static void MoveConstants(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes)
        {
            if (!node.Op.Is("Constant") || node.Outputs.IsEmpty || node.Output.Constant is not { } data || data is SparseTensor) continue;
            if (!node.Output.HasUses) continue;
            if (node.Output.IsGraphOutput) cx.Skip("a graph output has to be made by a node");
            else if (cx.Selects(node) && cx.TryStep(node, "turn into an initializer")) Replacement.Install(node.Output, data);
        }
    }
}
