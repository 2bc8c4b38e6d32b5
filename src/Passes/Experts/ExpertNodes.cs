using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Experts;

/// <summary>What the ways of writing experts have in common.</summary>
static class ExpertNodes
{
    /// <summary>Takes a node whose output nothing uses, and what it alone used, weights included.</summary>
    public static void Remove(Node node)
    {
        var pending = new Stack<Node>([node]);
        while (pending.TryPop(out var gone))
        {
            if (gone.IsRemoved || gone.Outputs.Any(o => o.HasUses)) continue;
            var inputs = gone.Inputs.OfType<Value>().Distinct().ToList();
            gone.Graph.RemoveNode(gone);
            foreach (var input in inputs)
            {
                if (input.Producer is { } above && !above.Op.Is("Constant") && ReferenceEquals(above.Graph, node.Graph)) pending.Push(above);
                else ValueStore.RemoveUnused(input);
            }
        }
    }

    public static Value Int64s(this GraphBuilder builder, params ReadOnlySpan<long> values) => builder.Constant(TensorData.Int64s(values));

    public static Value Number(this GraphBuilder builder, ElementType element, float value) => builder.Constant(FloatingType.Write(element, [], [value]));

    /// <summary>The function of <paramref name="form"/> on the products <paramref name="up"/> and, where it is gated, <paramref name="gate"/>.</summary>
    public static Value Activate(this GraphBuilder builder, ExpertForm form, ElementType element, Value? gate, Value up)
    {
        if (form.Activation == ExpertActivation.Swiglu) return Swiglu(builder, form, element, gate!, up);
        var active = Activate(builder, form.Activation, element, gate ?? up);
        return gate is null ? active : builder.Op("Mul", [active, up]);
    }

    static Value Activate(GraphBuilder builder, ExpertActivation activation, ElementType element, Value x)
    {
        switch (activation)
        {
            case ExpertActivation.Identity: return x;
            case ExpertActivation.Silu: return builder.Op("Mul", [x, builder.Op("Sigmoid", [x])]);
            case ExpertActivation.Gelu or ExpertActivation.GeluTanh when builder.Graph.Opsets[""] >= FirstWithGelu:
                return builder.Op("Gelu", [x], ("approximate", activation == ExpertActivation.Gelu ? "none" : "tanh"));
            case ExpertActivation.Gelu or ExpertActivation.GeluTanh:
                builder.Graph.Import("com.microsoft", 1);
                return builder.Node(new("com.microsoft", activation == ExpertActivation.Gelu ? "Gelu" : "FastGelu"), [x], 1).Output;
            default: return builder.Op(activation.ToString(), [x]);
        }
    }

    const long FirstWithGelu = 20;

    static Value Swiglu(GraphBuilder builder, ExpertForm form, ElementType element, Value gate, Value up)
    {
        if (form.Limit < float.MaxValue)
        {
            gate = builder.Op("Min", [gate, builder.Number(element, form.Limit)]);
            up = builder.Op("Clip", [up, builder.Number(element, -form.Limit), builder.Number(element, form.Limit)]);
        }
        var steep = form.Alpha == 1 ? gate : builder.Op("Mul", [gate, builder.Number(element, form.Alpha)]);
        var active = builder.Op("Mul", [gate, builder.Op("Sigmoid", [steep])]);
        return builder.Op("Mul", [active, form.Beta == 0 ? up : builder.Op("Add", [up, builder.Number(element, form.Beta)])]);
    }
}
