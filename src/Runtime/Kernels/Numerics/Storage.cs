namespace Onnxc.Kernels.Numerics;

/// <summary>Element types that kernels read and write, by their number in the C API.</summary>
enum Storage
{
    Float32 = 1,
    Float16 = 10,
    BFloat16 = 16,
}
