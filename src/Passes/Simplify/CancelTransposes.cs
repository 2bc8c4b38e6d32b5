using System.Collections.Immutable;
using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>Transpose(f(Transpose(x, p), c), p⁻¹) -> f(x, c)</c> for trees of operators that work element by element, whose values nothing else uses,
/// and constants c of one element. Only operators whose bits do not depend on where an element stands: vector instructions compute
/// exponentials and the like in another way than what is left over at the end of a row.
/// </summary>
[Pass("cancel-transposes", "Transpose(f(Transpose(x, p)), p⁻¹) -> f(x) for f element by element")]
public sealed class CancelTransposes : GraphPass
{
    const int MostNodes = 16;

    static readonly HashSet<string> Elementwise = new(StringComparer.Ordinal)
    {
        "Abs", "Add", "And", "Cast", "Ceil", "Clip", "Div", "Equal", "Floor", "Greater", "GreaterOrEqual", "Identity", "LeakyRelu", "Less",
        "LessOrEqual", "Max", "Min", "Mul", "Neg", "Not", "Or", "Relu", "Round", "Sign", "Sub", "Where", "Xor",
    };

    protected override void Run(Graph graph, PassContext cx)
    {
        // Before version 8 broadcasting had to be asked for, by some operators at least.
        if (graph.Opsets[""] < 8) return;
        foreach (var node in graph.Nodes.Reverse().ToList())
        {
            if (node.IsRemoved || !node.Op.Is("Transpose") || !node.Output.HasUses || !cx.Selects(node)) continue;
            if (node.Input(0)?.Producer is not { } f || !IsElementwise(f, graph)) continue;
            if (node.Attributes.Ints("perm") is not { } perm) cx.Skip("the permutation is implicit");
            else if (Collect(node, perm, cx) is { } tree && cx.TryStep(node, "cancel transposes")) Rebuild(node, tree);
        }
    }

    /// <summary>Nodes between the transposes, users first; null when there is one that cannot be moved.</summary>
    static List<Node>? Collect(Node root, ImmutableArray<long> perm, PassContext cx)
    {
        var (graph, tree, cancelled) = (root.Graph, new List<Node>(), 0);
        var pending = new Stack<Value>([root.Input(0)!]);
        while (pending.TryPop(out var value))
        {
            if (IsOneElement(value, perm.Length)) continue;
            if (Cancels(value, perm, graph))
            {
                cancelled++;
                continue;
            }
            var reason = value.Producer is not { } node || !IsElementwise(node, graph) ? "another value comes in"
                : value.UseCount > 1 ? "a value in between is used elsewhere"
                : tree.Count == MostNodes ? "there are many nodes in between"
                : null;
            if (reason is not null)
            {
                cx.Skip(reason);
                return null;
            }
            tree.Add(value.Producer!);
            foreach (var input in Moved(value.Producer!)) pending.Push(input);
        }
        return cancelled > 0 ? tree : null;
    }

    static bool IsElementwise(Node node, Graph graph) =>
        node.Op.IsStandard && Elementwise.Contains(node.Op.Name) && ReferenceEquals(node.Graph, graph) && node.Outputs.Length == 1
        && graph.Model.Functions[node.Op] is null;

    /// <summary>Inputs that have the shape of the result; bounds of a <c>Clip</c> are scalars.</summary>
    static IEnumerable<Value> Moved(Node node) => node.Op.Name == "Clip" ? [node.Input(0)!] : node.Inputs.OfType<Value>();

    static bool IsOneElement(Value value, int rank) => value.Constant is { ElementCount: 1 } data && data.Dims.Length <= rank;

    static bool Cancels(Value value, ImmutableArray<long> perm, Graph graph) =>
        value.Producer is { } node && node.Op.Is("Transpose") && ReferenceEquals(node.Graph, graph)
        && node.Attributes.Ints("perm") is { } first && first.Length == perm.Length
        && perm.Index().All(a => a.Item >= 0 && a.Item < first.Length && first[(int)a.Item] == a.Index);

    static void Rebuild(Node root, List<Node> tree)
    {
        var (graph, perm) = (root.Graph, root.Attributes.Ints("perm")!.Value);
        var moved = new Dictionary<Value, Value>();
        var transposes = new HashSet<Node>();
        foreach (var node in Enumerable.Reverse(tree))
        {
            var inputs = node.Inputs.ToArray();
            for (var i = 0; i < inputs.Length; i++)
            {
                if (inputs[i] is not { } input || (node.Op.Name == "Clip" && i > 0)) continue;
                if (moved.TryGetValue(input, out var known)) inputs[i] = known;
                if (!Cancels(input, perm, graph)) continue;
                transposes.Add(input.Producer!);
                inputs[i] = input.Producer!.Input(0);
            }
            // In between stand other values than before, which need other names; the last one is the same.
            var name = ReferenceEquals(node, tree[0]) ? root.Output.Name : string.Create(CultureInfo.InvariantCulture, $"{node.Output.Name}_{node.Id}");
            var copy = graph.AddNode(node.Op, inputs, [name], node.Attributes, node.Name, root);
            copy.CopyMetadata(node);
            moved[node.Output] = copy.Output;
        }
        var result = moved[root.Input(0)!];
        result.SetType(root.Output.Type, root.Output.TypeIsInferred);
        graph.Substitute(root.Output, result);
        graph.RemoveNode(root);
        foreach (var node in tree) graph.RemoveNode(node);
        foreach (var node in transposes)
            if (!node.Output.HasUses) graph.RemoveNode(node);
    }
}
