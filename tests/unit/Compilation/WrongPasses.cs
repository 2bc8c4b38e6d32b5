using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Tests.Passes;

namespace Onnxc.Tests.Compilation;

/// <summary>Passes that break models, and some that look as if they did.</summary>
static class WrongPasses
{
    public static PassCatalog Catalog { get; } = new(
        [.. Onnxc.Passes.Catalog.Passes, typeof(FakePasses.RenameOp), typeof(FakePasses.Silent), typeof(FakePasses.Whole), typeof(SwapOutputs), typeof(SwapNames), typeof(NudgeConstants), typeof(Mixed), typeof(FixInput), typeof(NegateTwice), typeof(PublishNegated), typeof(RoundCoarsely), typeof(BumpOpset)],
        new Dictionary<string, BuiltInPipeline>());

    [Pass("swap-outputs", "Exchanges the values of the first two outputs.")]
    public sealed class SwapOutputs : ModelPass
    {
        public override void Run(Model model, PassContext cx)
        {
            if (!cx.TryStep(null, "swap")) return;
            var (first, second) = (model.Main.Outputs[0], model.Main.Outputs[1]);
            model.Main.SetOutput(0, second);
            model.Main.SetOutput(1, first);
        }
    }

    [Pass("swap-names", "Exchanges the names of the values `a` and `b`, which changes nothing.")]
    public sealed class SwapNames : ModelPass
    {
        public override void Run(Model model, PassContext cx)
        {
            if (!cx.TryStep(null, "swap")) return;
            var (a, b) = (Find(model, "a"), Find(model, "b"));
            (a.Name, b.Name) = (b.Name, a.Name);
            model.Main.Touch();
        }

        static Value Find(Model model, string name) => model.Main.Nodes.SelectMany(n => n.Outputs).First(o => o.Name == name);
    }

    [Pass("nudge-constants", "Adds one to the first element of every float constant, and keeps its name.")]
    public sealed class NudgeConstants : GraphPass
    {
        protected override void Run(Graph graph, PassContext cx)
        {
            foreach (var value in graph.Initializers.Where(v => v.Initializer!.Element == ElementType.Float).ToList())
            {
                if (!cx.TryStep(null, $"nudge {value.Name}")) continue;
                var numbers = value.Initializer!.ToArray<float>();
                numbers[0]++;
                var nudged = graph.AddInitializer(value.Name, TensorData.Floats(numbers, value.Initializer.Dims.AsSpan()));
                value.ReplaceAllUsesWith(nudged);
                graph.RemoveInitializer(value);
            }
        }
    }

    [Pass("mixed", "Removes identities, which is right, and turns nodes called `bad` into `Neg`, which is not.")]
    public sealed class Mixed : GraphPass
    {
        protected override void Run(Graph graph, PassContext cx)
        {
            foreach (var node in graph.Nodes)
            {
                if (node.Op.Is("Identity") && cx.TryStep(node, "drop"))
                {
                    node.Output.ReplaceAllUsesWith(node.Input(0)!);
                    graph.RemoveNode(node);
                }
                else if (node.Name == "bad" && cx.TryStep(node, "negate"))
                {
                    node.Output.ReplaceAllUsesWith(new GraphBuilder(graph, node).Op("Neg", [node.Input(0)]));
                    graph.RemoveNode(node);
                }
            }
        }
    }

    [Pass("fix-input", "Takes the preset of an input for its value, as if nobody could override it.")]
    public sealed class FixInput : ModelPass
    {
        public override void Run(Model model, PassContext cx)
        {
            foreach (var input in model.Main.Inputs.Where(i => i.IsInitializer).ToList())
                if (cx.TryStep(null, "fix")) input.ReplaceAllUsesWith(model.Main.AddInitializer("fixed", input.Initializer!));
        }
    }

    [Pass("negate-twice", "Erf(x) -> Neg(Neg(Erf(x))), the same bits, which hides patterns from ONNX Runtime.")]
    public sealed class NegateTwice : GraphPass
    {
        protected override void Run(Graph graph, PassContext cx)
        {
            foreach (var node in graph.Nodes.Where(n => n.Op.Is("Erf")).ToList())
            {
                if (cx.TryStep(node, "negate twice")) Negate(node);
            }
        }

        internal static void Negate(Node node)
        {
            var builder = new GraphBuilder(node.Graph, node, "negated");
            node.Graph.Substitute(node.Output, builder.Op("Neg", [builder.Op("Neg", [builder.Op("Erf", [node.Input(0)])])]));
            node.Graph.RemoveNode(node);
        }
    }

    [Pass("publish-negated", "Does what `negate-twice` does, without saying where.")]
    public sealed class PublishNegated : GraphPass
    {
        protected override void Run(Graph graph, PassContext cx)
        {
            if (graph.Nodes.FirstOrDefault(n => n.Op.Is("Erf")) is { } node && cx.TryStep(null, "negate twice")) NegateTwice.Negate(node);
        }
    }

    [Pass("bump-opset", "States another version of the default domain, whatever that means for the operators.")]
    public sealed class BumpOpset : ModelPass
    {
        public override void Run(Model model, PassContext cx)
        {
            if (cx.TryStep(null, "bump")) (model.Opsets, _) = (model.Opsets.With("", 13), model.Revision++);
        }
    }

    [Pass("round-coarsely", "Relu(x) -> Relu(x)·1.001, which is more than rounding.", Numerics = Numerics.Rounding)]
    public sealed class RoundCoarsely : GraphPass
    {
        protected override void Run(Graph graph, PassContext cx)
        {
            foreach (var node in graph.Nodes.Where(n => n.Op.Is("Relu")).ToList())
            {
                if (!cx.TryStep(node, "round coarsely")) continue;
                var builder = new GraphBuilder(graph, node, "rounded");
                graph.Substitute(node.Output, builder.Op("Mul", [builder.Op("Relu", [node.Input(0)]), builder.Constant(TensorData.Scalar(1.001f))]));
                graph.RemoveNode(node);
            }
        }
    }
}
