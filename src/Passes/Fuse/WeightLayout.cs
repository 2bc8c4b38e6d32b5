namespace Onnxc.Passes.Fuse;

/// <summary>
/// Where the output channel lies in a weight: [M, C/group, …] for <c>Conv</c> and a transposed <c>Gemm</c>, [C, M/group, …] with the groups
/// along C for <c>ConvTranspose</c>, and [K, M] for <c>MatMul</c> and <c>Gemm</c>, which are the case of one group.
/// </summary>
readonly record struct WeightLayout(bool IsFirst, int Groups);
