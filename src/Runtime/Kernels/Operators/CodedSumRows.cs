using System.Runtime.Intrinsics.X86;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Rows of codes, some of which, neighbours, have a scale and a zero for each column in common.</summary>
sealed unsafe class CodedSumRows(CodedMatrix matrix, int columns) : SumRows
{
    const int Line = 64;

    readonly long rowBytes = RowBytes(columns, matrix.Bits);

    /// <summary>Bytes of a row.</summary>
    public static long RowBytes(long columns, int bits) => (columns * bits + 7) / 8;

    /// <summary>Throws where codes [rows, bytes] and scales [blocks, columns] do not fit together.</summary>
    public static void Check(KernelCall call, string prefix, long[] codes, long[] scales, int bits, int block)
    {
        var blocks = codes[0] / block + (codes[0] % block == 0 ? 0 : 1);
        if (scales.Length != 2 || scales[0] != blocks) throw call.Wrong($"`{prefix}scales`", scales, $"it has a row for each {block} of `{prefix}codes` of the shape {KernelCall.Text(codes)}");
        if (scales[1] > int.MaxValue || codes[1] != RowBytes(scales[1], bits)) throw call.Wrong($"`{prefix}codes`", codes, $"a row holds as many codes of {bits} bits as `{prefix}scales` of the shape {KernelCall.Text(scales)}");
    }

    public override void Add(float* y, int first, int width, int* places, float* factors, int count)
    {
        var codes = matrix.Codes + (long)first * matrix.Bits / 8;
        for (int i = 0, end; i < count; i = end)
        {
            var block = places[i] / matrix.Block;
            end = EndOfBlock(places, i, count);
            Fetch(codes, places, end, EndOfBlock(places, end, count));
            var at = (long)block * columns + first;
            float* scales = matrix.Scales + at, zeros = matrix.Zeros == null ? null : matrix.Zeros + at;
            if (matrix.Bits == 8) CodedRows.Add<ByteCodes>(y, width, codes, rowBytes, places + i, factors + i, end - i, scales, zeros, matrix.Zero);
            else CodedRows.Add<NibbleCodes>(y, width, codes, rowBytes, places + i, factors + i, end - i, scales, zeros, matrix.Zero);
        }
    }

    public override float* Rows(int term, int terms, int first, int width, float* buffer, out long pitch)
    {
        pitch = width;
        new Span<float>(buffer, terms * width).Clear();
        var (place, one) = (0, 1f);
        // A row by itself, times one.
        for (var i = 0; i < terms; i++)
        {
            place = term + i;
            Add(buffer + (long)i * width, first, width, &place, &one, 1);
        }
        return buffer;
    }

    int EndOfBlock(int* places, int first, int count)
    {
        var end = first;
        if (first == count) return end;
        var beyond = (places[first] / matrix.Block + 1L) * matrix.Block;
        while (end < count && places[end] < beyond) end++;
        return end;
    }

    // Where rows begin is known ahead to nobody else: what follows, the processor fetches by itself.
    void Fetch(byte* codes, int* places, int first, int end)
    {
        if (!Sse.IsSupported) return;
        for (var i = first; i < end; i++)
        {
            Sse.Prefetch0(codes + places[i] * rowBytes);
            Sse.Prefetch0(codes + places[i] * rowBytes + Line);
        }
    }
}
