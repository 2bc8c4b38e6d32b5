using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Types of values that both models have. Folding may have made extents known that inference cannot see in the original; the result's types
/// follow from what comes before the value in the result, which is shown to be right, so that they may be relied on as well, where
/// <paramref name="useResult"/> says that it is worth a second inference.
/// </summary>
sealed class BoundaryTypes(ModelNumbering original, ModelNumbering result, TypeInference inference, bool useResult)
{
    bool originalInferred, resultInferred;

    public IR.ValueType? TypeOf(int number)
    {
        if (!originalInferred) inference.Infer(original.Model);
        originalInferred = true;
        var type = original.Representative(number)?.Type;
        if (!useResult || IsComplete(type) || result.Representative(number) is not { } value) return type;
        if (!resultInferred) inference.Infer(result.Model);
        resultInferred = true;
        return IsComplete(value.Type) ? value.Type : type;
    }

    static bool IsComplete(IR.ValueType? type) => type is TensorType { Shape: { } shape } && shape.Dims.All(d => !d.IsUnknown);
}
