using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Onnxc.Kernels;

/// <summary>
/// The elements of rows that exceed their thresholds, and NaN: their places and values, by row and by block of places. A block's weights stay in a cache
/// while several rows go over them.
/// </summary>
/// <param name="rows">Number of rows.</param>
/// <param name="length">Elements of a row.</param>
/// <param name="repeat">Places that an element stands for: it is a group of so many.</param>
sealed unsafe class ActiveElements(int rows, int length, int repeat = 1) : IDisposable
{
    // Rows of weights of a block.
    const int Block = 256;

    readonly int blockElements = BlockElements(repeat), blocks = BlocksOf(length, repeat);
    readonly int* places = (int*)NativeMemory.Alloc((nuint)rows * (nuint)length * (nuint)repeat, sizeof(int));
    readonly float* values = (float*)NativeMemory.Alloc((nuint)rows * (nuint)length * (nuint)repeat, sizeof(float));
    readonly int* starts = (int*)NativeMemory.Alloc((nuint)rows * (nuint)(BlocksOf(length, repeat) + 1), sizeof(int));

    public int Rows => rows;

    public int Blocks => blocks;

    /// <summary>Elements of all rows that are active.</summary>
    public long Count
    {
        get
        {
            var count = 0L;
            for (var row = 0; row < rows; row++) count += starts[(long)row * (blocks + 1) + blocks];
            return count;
        }
    }

    /// <summary>Active elements of a block of a row; values may be replaced.</summary>
    public int Of(int row, int block, out int* at, out float* numbers)
    {
        var first = starts + (long)row * (blocks + 1) + block;
        var offset = (long)row * length * repeat + first[0];
        at = places + offset;
        numbers = values + offset;
        return first[1] - first[0];
    }

    /// <summary>Finds the active elements of one row. <paramref name="thresholds"/>: one for all, or one for each.</summary>
    public void Select(int row, float* x, float* thresholds, bool isVector)
    {
        var offset = (long)row * length * repeat;
        var start = starts + (long)row * (blocks + 1);
        var count = 0;
        for (var block = 0; block < blocks; block++)
        {
            start[block] = count;
            var (i, end) = (block * blockElements, Math.Min((block + 1) * blockElements, length));
            for (; i <= end - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                var limits = isVector ? Vector256.Load(thresholds + i) : Vector256.Create(*thresholds);
                var mask = ~Vector256.LessThanOrEqual(Vector256.Abs(Vector256.Load(x + i)), limits).ExtractMostSignificantBits() & 0xFF;
                for (; mask != 0; mask &= mask - 1) Add(i + BitOperations.TrailingZeroCount(mask));
            }
            for (; i < end; i++)
                if (!(MathF.Abs(x[i]) <= thresholds[isVector ? i : 0])) Add(i);
        }
        start[blocks] = count;

        void Add(int place)
        {
            for (var i = 0; i < repeat; i++, count++) (places[offset + count], values[offset + count]) = (place * repeat + i, x[place]);
        }
    }

    static int BlockElements(int repeat) => Math.Max(1, Block / repeat);

    static int BlocksOf(int length, int repeat) => (length + BlockElements(repeat) - 1) / BlockElements(repeat);

    public void Dispose()
    {
        NativeMemory.Free(places);
        NativeMemory.Free(values);
        NativeMemory.Free(starts);
    }
}
