using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Types of the formal inputs of subgraphs, as the owning operator fixes them.</summary>
static class BodyInputs
{
    /// <summary>Marks types as inferred; false when one stays unknown, so that the body cannot be looked at by itself.</summary>
    public static bool Assume(Graph body)
    {
        for (var i = 0; i < body.Inputs.Count; i++)
        {
            var input = body.Inputs[i];
            if (input.Type is not null && !input.TypeIsInferred) continue;
            if (TypeOf(body.Owner!, i) is not { } type) return false;
            input.SetType(type, inferred: true);
        }
        return true;
    }

    static IR.ValueType? TypeOf(Node owner, int index)
    {
        if (owner.Op.Is("Loop"))
            return index switch
            {
                0 => IR.ValueType.Tensor(ElementType.Int64, Shape.Scalar),
                1 => IR.ValueType.Tensor(ElementType.Bool, Shape.Scalar),
                // Inputs of the node are M, cond, then the carried values, whose shape may change from one iteration to the next.
                _ => WithoutShape(owner.Input(index)?.Type),
            };
        // Scan of opset 8 has a batch axis and one input more.
        if (!owner.Op.Is("Scan") || owner.Graph.Opsets[""] < 9 || owner.Attributes.Int("num_scan_inputs") is not { } scanned) return null;
        var states = owner.InputCount - scanned;
        return index < states ? WithoutShape(owner.Input(index)?.Type) : Slice(owner, index, (int)(index - states));
    }

    static IR.ValueType? WithoutShape(IR.ValueType? type) => type switch
    {
        TensorType t => new TensorType(t.Element, null),
        SequenceType { Element: TensorType t } => new SequenceType(new TensorType(t.Element, null)),
        OptionalType => null,
        _ => type,
    };

    static TensorType? Slice(Node owner, int input, int scan)
    {
        if (owner.Input(input)?.TensorType is not { } type) return null;
        if (type.Shape is not { Rank: > 0 } shape) return new TensorType(type.Element, null);
        var axis = 0L;
        if (owner.Attributes.Has("scan_input_axes"))
        {
            if (owner.Attributes.Ints("scan_input_axes") is not { } axes || scan >= axes.Length) return new TensorType(type.Element, null);
            axis = axes[scan];
        }
        if (axis < 0) axis += shape.Rank;
        return axis >= 0 && axis < shape.Rank
            ? new TensorType(type.Element, new Shape(shape.Dims.RemoveAt((int)axis)))
            : new TensorType(type.Element, null);
    }
}
