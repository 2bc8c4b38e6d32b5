using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>Matrices of all experts, [E, inputs, outputs], and biases, [E, 1, outputs].</summary>
/// <param name="Source">The constant of the model that holds just this matrix; null when it was rearranged.</param>
sealed record StackedMap(TensorData Matrix, TensorData? Bias, Value? Source);
