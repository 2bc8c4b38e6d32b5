using Onnxc.IR;

namespace Onnxc.Passes.ControlFlow;

/// <summary>
/// Leaves out optional outputs that nobody uses, slots of <c>If</c> in all branches, scanned outputs of <c>Loop</c>, and state of a
/// <c>Loop</c> that nothing but itself depends on.
/// </summary>
[Pass("eliminate-unused-outputs", "Leaves out optional outputs, and outputs of If and Loop, that nothing uses.")]
public sealed class EliminateUnusedOutputs : GraphPass
{
    // Each computes the outputs that stay in the same way without the others. MaxPool does not: with indices another kernel runs, which
    // treats NaN differently. BatchNormalization below version 14 trains for more than one output.
    static readonly HashSet<string> Optional = new(StringComparer.Ordinal) { "Dropout", "GRU", "LSTM", "LayerNormalization", "RNN", "Unique" };

    static readonly HashSet<string> Needed = new(StringComparer.Ordinal) { "BatchNormalization", "MaxPool" };

    protected override void Run(Graph graph, PassContext cx)
    {
        foreach (var node in graph.Nodes)
        {
            if (!node.Op.IsStandard || node.Outputs.All(o => o.HasUses || o.Name.Length == 0) || !node.Outputs.Any(o => o.HasUses)) continue;
            if (graph.Model.Functions[node.Op] is not null || !cx.Selects(node)) continue;
            if (Needed.Contains(node.Op.Name)) cx.Skip("another kernel computes the operator without the output");
            else if (node.Op.Is("If")) DropSlots(node, 0, cx);
            else if (node.Op.Is("Loop")) DropLoop(node, cx);
            else if (Optional.Contains(node.Op.Name)) Omit(node, cx);
        }
    }

    static void Omit(Node node, PassContext cx)
    {
        for (var i = node.Outputs.Length - 1; i >= 0; i--)
        {
            if (i >= node.Outputs.Length || node.Outputs[i].HasUses || node.Outputs[i].Name.Length == 0) continue;
            // Only recurrent operators may leave out their first output.
            if (i == 0 && node.Op.Name is not ("GRU" or "LSTM" or "RNN")) continue;
            if (cx.TryStep(node, $"leave out output {i}")) node.OmitOutput(i);
        }
    }

    /// <summary>Drops unused outputs with their slots in every body, which come <paramref name="offset"/> later there.</summary>
    static void DropSlots(Node node, int offset, PassContext cx, int first = 0)
    {
        for (var i = node.Outputs.Length - 1; i >= first; i--)
        {
            if (node.Outputs[i].HasUses || node.Outputs.Length == 1) continue;
            if (node.Subgraphs.Any(b => b.Outputs.Count != node.Outputs.Length + offset)) cx.Skip("a body has a strange interface");
            else if (cx.TryStep(node, $"drop output {i}")) Drop(node, i, offset);
        }
    }

    static void DropLoop(Node node, PassContext cx)
    {
        var state = Math.Max(0, node.InputCount - 2);
        DropSlots(node, 1, cx, state);
        if (node.Subgraphs.FirstOrDefault() is not { } body || body.Inputs.Count != state + 2 || body.Outputs.Count != node.Outputs.Length + 1) return;
        for (var i = state - 1; i >= 0; i--)
        {
            if (node.Outputs[i].HasUses || node.Outputs.Length == 1) continue;
            if (!OnlyFeedsItself(body, i)) cx.Skip("the state is used in the body");
            else if (cx.TryStep(node, $"drop state {i}"))
            {
                var identity = body.Outputs[i + 1].Producer;
                Drop(node, i, 1);
                if (identity is not null) body.RemoveNode(identity);
                node.RemoveInput(i + 2);
                body.RemoveInput(body.Inputs[i + 2]);
            }
        }
    }

    /// <summary>True when the state passes through the body, an <c>Identity</c> at most, and goes nowhere else.</summary>
    static bool OnlyFeedsItself(Graph body, int state)
    {
        var (input, output) = (body.Inputs[state + 2], body.Outputs[state + 1]);
        if (input.IsInitializer || output.UseCount != 1 || input.UseCount != 1) return false;
        return ReferenceEquals(input, output) || (output.Producer is { } node && node.Op.Is("Identity") && ReferenceEquals(node.Input(0), input));
    }

    static void Drop(Node node, int output, int offset)
    {
        foreach (var body in node.Subgraphs) body.RemoveOutput(output + offset);
        node.RemoveOutput(output);
    }
}
