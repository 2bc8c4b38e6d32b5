using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Most elements that a value can have, from inferred shapes, or from its inputs for operators that never make more of them.</summary>
sealed class SizeBound(IReadOnlyDictionary<Value, IR.ValueType> types, Func<Value, TensorData?> dataOf)
{
    static readonly HashSet<string> NeverExpands = new(StringComparer.Ordinal)
    {
        "Compress", "Unique", "Identity", "Cast", "Neg", "Abs", "Not", "Sqrt", "Floor", "Ceil", "Round", "Relu", "Exp", "Log", "Sign", "Squeeze",
        "Unsqueeze", "Reshape", "Flatten", "Transpose", "Slice", "ReduceSum", "ReduceMin", "ReduceMax", "ReduceMean", "ReduceProd", "ArgMax",
        "ArgMin", "CumSum", "Shape", "Size", "Softmax", "Clip",
    };

    readonly Dictionary<Value, long?> known = [];

    /// <summary>Null when there is no bound before the value is computed.</summary>
    public long? Of(Value value)
    {
        if (known.TryGetValue(value, out var bound)) return bound;
        known[value] = null;
        return known[value] = Compute(value);
    }

    long? Compute(Value value)
    {
        if (dataOf(value) is { } data) return data.ElementCount;
        var shape = (types.GetValueOrDefault(value) as TensorType)?.Shape;
        if (shape?.ElementCount is { } count) return count;
        if (value.Producer is not { Op.IsStandard: true } node || node.Input(0) is not { } input) return null;
        // Cones are walked producers first, so that this does not go deep.
        if (NeverExpands.Contains(node.Op.Name)) return Of(input) is { } most ? Math.Max(most, 32) : null;
        // NonZero gives one row for each axis.
        if (node.Op.Is("NonZero") && Of(input) is { } elements && shape is { Rank: 2 } && shape[0].IsFixed) return Saturate((Int128)elements * shape[0].Extent);
        return null;
    }

    static long Saturate(Int128 value) => (long)Int128.Min(value, long.MaxValue);
}
