using Onnxc.IR;
using Onnxc.Passes;

namespace Onnxc.Tests.Passes;

/// <summary>Tiny passes with every shape of option, for tests of the catalogue, the binder and the runner.</summary>
static class FakePasses
{
    public static PassCatalog Catalog { get; } = new(
        [typeof(RenameOp), typeof(DropIdentity), typeof(Everything), typeof(Crash), typeof(Whole), typeof(Silent), typeof(Picky), typeof(Complain)],
        new Dictionary<string, BuiltInPipeline>
        {
            ["basic"] = new("drop-identity, rename-op", "Both."),
            ["nested"] = new("repeat(@basic), whole", "Uses another."),
            ["loop"] = new("drop-identity, @knot", "Part of a circle."),
            ["knot"] = new("@loop", "Part of a circle."),
        });

    public enum Method { RoundToNearest, Hqq, Int4 }

    [Pass("rename-op", "Replaces every selected operator `from` by `to`.")]
    public sealed class RenameOp(RenameOp.Options options) : GraphPass
    {
        public sealed record Options
        {
            [Option("Operator to look for.")] public string From { get; init; } = "Relu";
            [Option("Operator to put in its place.")] public string To { get; init; } = "Sigmoid";
        }

        protected override void Run(Graph graph, PassContext cx)
        {
            foreach (var node in graph.Nodes)
            {
                if (!node.Op.Is(options.From)) continue;
                if (!cx.Selects(node))
                {
                    cx.Skip("not selected");
                    continue;
                }
                if (!cx.TryStep(node, $"rename to {options.To}")) continue;
                var made = new GraphBuilder(graph, node).Op(options.To, [node.Input(0)]);
                node.Output.ReplaceAllUsesWith(made);
                graph.RemoveNode(node);
            }
        }
    }

    /// <summary>Removes one identity per run, so that repeating it matters.</summary>
    [Pass("drop-identity", "Removes the first `Identity`.", Numerics = Numerics.Exact)]
    public sealed class DropIdentity : GraphPass
    {
        protected override void Run(Graph graph, PassContext cx)
        {
            if (graph.Nodes.FirstOrDefault(n => n.Op.Is("Identity")) is not { } node || !cx.TryStep(node, "drop")) return;
            node.Output.ReplaceAllUsesWith(node.Input(0)!);
            graph.RemoveNode(node);
        }
    }

    [Pass("everything", "Has an option of every kind.", Numerics = Numerics.Approximate)]
    public sealed class Everything(Everything.Options options) : ModelPass
    {
        public sealed record Options
        {
            [Option("A flag.")] public bool Flag { get; init; }
            [Option("An int.")] public int Count { get; init; } = 3;
            [Option("A long.")] public long MaxElements { get; init; } = 65_536;
            [Option("A double.")] public double Rate { get; init; } = 0.5;
            [Option("A float.")] public float Scale { get; init; } = 1.5f;
            [Option("A string.")] public string Name { get; init; } = "";
            [Option("A choice | of three.")] public Method Method { get; init; } = Method.Hqq;
            [Option("Perhaps an int.")] public int? Block { get; init; }
            [Option("Names.")] public string[] Only { get; init; } = [];
            [Option("Numbers.")] public System.Collections.Immutable.ImmutableArray<double> Rates { get; init; } = [0.1, 0.2];
            [Option("Choices.")] public System.Collections.Immutable.ImmutableArray<Method> Methods { get; init; }
        }

        public Options Given { get; } = options;

        public override void Run(Model model, PassContext cx) { }
    }

    [Pass("crash", "Always throws.")]
    public sealed class Crash : ModelPass
    {
        public override void Run(Model model, PassContext cx) => throw new InvalidOperationException("on purpose");
    }

    [Pass("whole", "Works on the whole model and does nothing.", SupportsWhere = false)]
    public sealed class Whole : ModelPass
    {
        public override void Run(Model model, PassContext cx) { }
    }

    [Pass("silent", "Changes the model without counting.")]
    public sealed class Silent : ModelPass
    {
        public override void Run(Model model, PassContext cx) => model.Main.AddInitializer("unused", TensorData.Scalar(1f));
    }

    [Pass("picky", "Rejects odd sizes.")]
    public sealed class Picky : ModelPass
    {
        public Picky(Options options)
        {
            if (options.Size % 2 != 0) throw new ArgumentException("`size` must be even");
        }

        public sealed record Options
        {
            [Option("An even size.")] public int Size { get; init; } = 2;
        }

        public override void Run(Model model, PassContext cx) { }
    }

    [Pass("complain", "Reports an error.")]
    public sealed class Complain : ModelPass
    {
        public override void Run(Model model, PassContext cx) =>
            cx.Report(Onnxc.Diagnostics.Diagnostic.Create(Onnxc.Diagnostics.Descriptors.OptionsRejected, null, "complain", "no"));
    }
}
