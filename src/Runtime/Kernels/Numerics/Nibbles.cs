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
            for (; i <= bytes - 8; i += 8) Avx512F.PermuteVar16x32(entries, Places(codes + i)).Store(to + 2 * i);
        }
        for (; i < bytes; i++) (to[2 * i], to[2 * i + 1]) = (table[codes[i] & 15] * scale, table[codes[i] >> 4] * scale);
    }

    /// <summary>True when <see cref="Multiply"/> can take blocks of so many bytes.</summary>
    public static bool CanMultiply(int blockBytes) => Width.Is512 && blockBytes % 8 == 0;

    /// <summary>The sum of products of x with the weights of some blocks, which stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Multiply(byte* codes, int blocks, int blockBytes, float* table, float* scales, float* x)
    {
        var entries = Vector512.Load(table);
        var sum = Vector512<float>.Zero;
        for (var block = 0; block < blocks; block++)
        {
            var products = Vector512<float>.Zero;
            for (var i = 0; i < blockBytes; i += 8, codes += 8, x += 16)
                products = Vector512.FusedMultiplyAdd(Avx512F.PermuteVar16x32(entries, Places(codes)), Vector512.Load(x), products);
            sum = Vector512.FusedMultiplyAdd(products, Vector512.Create(scales[block]), sum);
        }
        return Vector512.Sum(sum);
    }

    // Sixteen codes of eight bytes, each in a lane of its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Places(byte* codes)
    {
        var pairs = Vector128.CreateScalarUnsafe(*(ulong*)codes).AsByte();
        var (low, high) = (pairs & Vector128.Create((byte)15), (pairs.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)15));
        return Avx512F.ConvertToVector512Int32(Sse2.UnpackLow(low, high));
    }
}
