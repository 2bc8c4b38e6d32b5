using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Onnxc.Kernels.Numerics;

/// <summary>Codes of 4 bits, two to a byte, the low bits first.</summary>
static unsafe class Nibbles
{
    /// <summary>Writes the entries of a table of 16 that codes stand for, times a scale; two for every byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(byte* codes, int bytes, float* table, float scale, float* to)
    {
        var i = 0;
        if (Width.Is512)
        {
            var entries = Vector512.Load(table) * scale;
            for (; i <= bytes - 8; i += 8)
            {
                var pairs = Vector128.CreateScalarUnsafe(*(ulong*)(codes + i)).AsByte();
                var (low, high) = (pairs & Vector128.Create((byte)15), (pairs.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)15));
                var places = Avx512F.ConvertToVector512Int32(Sse2.UnpackLow(low, high));
                Avx512F.PermuteVar16x32(entries, places).Store(to + 2 * i);
            }
        }
        for (; i < bytes; i++) (to[2 * i], to[2 * i + 1]) = (table[codes[i] & 15] * scale, table[codes[i] >> 4] * scale);
    }
}
