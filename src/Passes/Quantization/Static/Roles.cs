using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>Which operators ONNX Runtime runs on integers, as data; a test holds it against what ONNX Runtime does.</summary>
static class Roles
{
    static readonly Dictionary<string, Role> Table = new(StringComparer.Ordinal)
    {
        ["Add"] = Role.Integer,
        ["AveragePool"] = Role.Integer,
        ["Clip"] = Role.Bounds,
        ["Concat"] = Role.Integer,
        ["Conv"] = Role.Weighted,
        ["DepthToSpace"] = Role.Moves,
        ["Flatten"] = Role.Moves,
        ["Gemm"] = Role.Weighted,
        ["GlobalAveragePool"] = Role.Integer,
        ["LeakyRelu"] = Role.Integer,
        ["MatMul"] = Role.Weighted,
        ["MaxPool"] = Role.Moves,
        ["Mul"] = Role.Integer,
        ["Relu"] = Role.Bounds,
        ["Reshape"] = Role.Moves,
        ["Squeeze"] = Role.Moves,
        ["Transpose"] = Role.Moves,
        ["Unsqueeze"] = Role.Moves,
    };

    public static Role Of(Node node) => node.Op.IsStandard ? Table.GetValueOrDefault(node.Op.Name) : Role.Float;
}
