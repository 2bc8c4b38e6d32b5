using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Onnxc.Kernels.Numerics;

/// <summary>Codes of 8 bits.</summary>
static unsafe class Bytes
{
    /// <summary>Writes the entries of a table of 256 that codes stand for, times a scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(byte* codes, int count, float* table, float scale, float* to)
    {
        var i = 0;
        if (Width.Is256)
        {
            var scales = Vector256.Create(scale);
            for (; i <= count - 8; i += 8) (Avx2.GatherVector256(table, Avx2.ConvertToVector256Int32(codes + i), sizeof(float)) * scales).Store(to + i);
        }
        for (; i < count; i++) to[i] = table[codes[i]] * scale;
    }
}
