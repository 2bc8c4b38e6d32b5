using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Attributes by which ONNX Runtime 1.31.1 divides integers without a look at them, in shape inference or when it makes a kernel: a zero
/// there does not fail, it ends the process (<c>Attention</c> with <c>kv_num_heads = 0</c>). Only <c>RotaryEmbedding</c> has a
/// meaning for zero in one of them.
/// </summary>
public static class ZeroDivisors
{
    static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "group", "num_groups", "groups", "num_heads", "q_num_heads", "kv_num_heads", "blocksize", "strides", "num_outputs", "hidden_size",
        "bits", "kernel_shape", "dilations",
    };

    /// <summary>Why ONNX Runtime must not see the model; null when it may.</summary>
    public static string? Find(Model model) => model.AllNodes().Select(Reason).FirstOrDefault(r => r is not null);

    /// <summary>Why ONNX Runtime must not see the node; bodies in it are not looked into.</summary>
    public static string? Reason(Node node)
    {
        // No heads means that the shape of the input says how many.
        if (node.Op.Name == "RotaryEmbedding") return null;
        foreach (var (name, value) in node.Attributes)
            if (Names.Contains(name) && IsZero(value))
                return $"`{name}` of {node} is 0, by which ONNX Runtime would divide";
        return null;
    }

    static bool IsZero(AttributeValue value) => value is IntAttribute { Value: 0 } || (value is IntsAttribute ints && ints.Values.Contains(0));
}
