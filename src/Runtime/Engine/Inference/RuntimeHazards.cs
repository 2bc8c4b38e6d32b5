using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Nodes that ONNX Runtime 1.31.1 does not refuse but dies of, in shape inference or when it makes a kernel. It divides by some attributes
/// without a look at them (<c>Attention</c> with <c>kv_num_heads = 0</c> ends the process), and it makes as many dimensions as a shape is
/// long (an input <c>int64[2147483648] shape</c> of <c>Reshape</c> takes all memory).
/// </summary>
public static class RuntimeHazards
{
    const long LongestShape = 1L << 16, LongestInput = 1L << 24;

    static readonly HashSet<string> Divisors = new(StringComparer.Ordinal)
    {
        "group", "num_groups", "groups", "num_heads", "q_num_heads", "kv_num_heads", "blocksize", "strides", "num_outputs", "hidden_size",
        "bits", "kernel_shape", "dilations",
    };

    static readonly HashSet<string> TakeShapes = new(StringComparer.Ordinal)
    {
        "Reshape", "Expand", "ConstantOfShape", "Unsqueeze", "Resize", "Upsample", "Tile", "Pad", "CenterCropPad", "Col2Im", "AffineGrid",
    };

    /// <summary>Why ONNX Runtime must not see the model; null when it may.</summary>
    public static string? Find(Model model) =>
        // Wherever it goes from here, through functions too, something may take it as a shape.
        model.Main.Inputs.FirstOrDefault(i => i.Initializer is null && i.Type is { } type && IsEndless(type, LongestInput)) is { } input
            ? $"`{input}` has more elements than ONNX Runtime could make dimensions"
            : model.AllNodes().Select(Reason).FirstOrDefault(r => r is not null);

    /// <summary>Why ONNX Runtime must not see the node; bodies in it are not looked into.</summary>
    public static string? Reason(Node node)
    {
        if (TakeShapes.Contains(node.Op.Name) && node.Inputs.FirstOrDefault(IsEndless) is { } shape) return $"`{node.DisplayName}` takes `{shape}` as a shape, which is too long for one";
        // No heads means that the shape of the input says how many.
        if (node.Op.Name == "RotaryEmbedding") return null;
        foreach (var (name, value) in node.Attributes)
            if (Divisors.Contains(name) && IsZero(value)) return $"`{name}` of `{node.DisplayName}` is 0, by which ONNX Runtime would divide";
        return null;
    }

    static bool IsZero(AttributeValue value) => value is IntAttribute { Value: 0 } || (value is IntsAttribute ints && ints.Values.Contains(0));

    static bool IsEndless(Value? value) => value?.Type is { } type && IsEndless(type);

    /// <summary>True for a vector of integers that is longer than any shape.</summary>
    internal static bool IsEndless(IR.ValueType type, long longest = LongestShape) =>
        type is TensorType { Element: ElementType.Int64 or ElementType.Int32, Shape: { Rank: 1 } shape } && shape.ElementCount > longest;
}
