using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Onnxc.Kernels.Numerics;

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
    readonly RentedBuffer<int> placeBuffer = new((long)rows * length * repeat), startBuffer = new((long)rows * (BlocksOf(length, repeat) + 1));
    readonly RentedBuffer<float> valueBuffer = new((long)rows * length * repeat);

    int* Places => placeBuffer.Start;

    float* Values => valueBuffer.Start;

    int* Starts => startBuffer.Start;

    public int Rows => rows;

    public int Blocks => blocks;

    /// <summary>The most places of a block.</summary>
    public int BlockPlaces => blockElements * repeat;

    /// <summary>Places of all blocks.</summary>
    public int AllPlaces => length * repeat;

    /// <summary>Active elements of a block of a row; values may be replaced.</summary>
    public int Of(int row, int block, out int* at, out float* numbers)
    {
        var first = Starts + (long)row * (blocks + 1) + block;
        var offset = (long)row * length * repeat + first[0];
        at = Places + offset;
        numbers = Values + offset;
        return first[1] - first[0];
    }

    /// <summary>Finds the active elements of one row. <paramref name="thresholds"/>: one for all, or one for each.</summary>
    public void Select(int row, float* x, float* thresholds, bool isVector)
    {
        var offset = (long)row * length * repeat;
        var start = Starts + (long)row * (blocks + 1);
        var at = Places + offset;
        var numbers = Values + offset;
        var count = 0;
        for (var block = 0; block < blocks; block++)
        {
            start[block] = count;
            var (i, end) = (block * blockElements, Math.Min((block + 1) * blockElements, length));
            for (; i <= end - Vector256<float>.Count; i += Vector256<float>.Count)
            {
                var limits = isVector ? Vector256.Load(thresholds + i) : Vector256.Create(*thresholds);
                var mask = ~Vector256.LessThanOrEqual(Vector256.Abs(Vector256.Load(x + i)), limits).ExtractMostSignificantBits() & 0xFF;
                for (; mask != 0; mask &= mask - 1) count = Add(at, numbers, count, i + BitOperations.TrailingZeroCount(mask), x);
            }
            for (; i < end; i++)
                if (!(MathF.Abs(x[i]) <= thresholds[isVector ? i : 0])) count = Add(at, numbers, count, i, x);
        }
        start[blocks] = count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    int Add(int* at, float* numbers, int count, int place, float* x)
    {
        for (var i = 0; i < repeat; i++, count++) (at[count], numbers[count]) = (place * repeat + i, x[place]);
        return count;
    }

    static int BlockElements(int repeat) => Math.Max(1, Block / repeat);

    static int BlocksOf(int length, int repeat) => (length + BlockElements(repeat) - 1) / BlockElements(repeat);

    public void Dispose()
    {
        placeBuffer.Dispose();
        valueBuffer.Dispose();
        startBuffer.Dispose();
    }
}
