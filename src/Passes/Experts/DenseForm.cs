using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>
/// One wide layer: <c>Σₑ wₑ·hₑ·Dₑ = [w₁h₁ … wₑhₑ]·[D₁; …; Dₑ]</c>, so that the second product adds the experts up as well.
/// </summary>
static class DenseForm
{
    public static Value Write(ExpertLayer layer, GraphBuilder builder)
    {
        var (experts, inputs, width, outputs) = (layer.Experts, layer.Inputs, layer.Width, layer.Outputs);
        var gate = layer.Gate is null ? null : Wide(layer.Gate, layer.GateBias);
        var hidden = builder.Activate(layer.Form, layer.Element, gate, Wide(layer.Up, layer.UpBias));
        var parted = builder.Op("Reshape", [hidden, builder.Int64s(-1, experts, width)]);
        var weighted = builder.Op("Mul", [parted, builder.Op("Unsqueeze", [layer.Weights, builder.Int64s(-1)])]);
        var joined = builder.Op("Reshape", [weighted, builder.Int64s(-1, (long)experts * width)]);
        var down = builder.Constant(ExpertTensor.Reshape(layer.Down.Constant!, (long)experts * width, outputs));
        if (layer.DownBias is null) return builder.Op("MatMul", [joined, down]);
        return builder.Op("Gemm", [joined, down, builder.Op("MatMul", [layer.Weights, builder.Constant(ExpertTensor.Reshape(layer.DownBias.Constant!, experts, outputs))])]);

        Value Wide(Value stack, Value? bias)
        {
            var matrix = ExpertTensor.Pick(stack.Constant!, [inputs, (long)experts * width], i => (i / width % experts * inputs + i / (width * experts)) * width + i % width);
            return bias is null ? builder.Op("MatMul", [layer.Input, builder.Constant(matrix)])
                : builder.Op("Gemm", [layer.Input, builder.Constant(matrix), builder.Constant(ExpertTensor.Reshape(bias.Constant!, (long)experts * width))]);
        }
    }
}
