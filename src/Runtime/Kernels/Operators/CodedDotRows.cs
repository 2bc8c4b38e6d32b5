using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Rows of codes, as <c>MatMulNBits</c> has them: blocks of a row have a scale and a zero.</summary>
sealed unsafe class CodedDotRows : DotRows, IDisposable
{
    readonly CodedMatrix matrix;
    readonly int padded, lanes;
    readonly float* numbers;
    readonly RentedBuffer<float>? copies;
    readonly RentedBuffer<float> sums;

    /// <param name="x">Rows of numbers, of <paramref name="length"/> each.</param>
    /// <param name="matrix">The weights; its blocks cover a row of x.</param>
    public CodedDotRows(float* x, long rows, int length, CodedMatrix matrix)
    {
        this.matrix = matrix;
        (padded, lanes) = (matrix.Blocks * matrix.Block, CodedRows.LanesFor(matrix.Block));
        numbers = x;
        if (length != padded) numbers = (copies = Padded(x, rows, length, padded)).Start;
        // What meets in a lane is multiplied by the zero of the block once.
        sums = new(rows * matrix.Blocks * lanes);
        var all = rows * matrix.Blocks;
        new Span<float>(sums.Start, checked((int)(all * lanes))).Clear();
        for (var block = 0L; block < all; block++)
            for (var i = 0; i < matrix.Block; i++) sums.Start[block * lanes + i % lanes] += numbers[block * matrix.Block + i];
    }

    static RentedBuffer<float> Padded(float* x, long rows, int length, int padded)
    {
        var copies = new RentedBuffer<float>(rows * padded);
        for (var row = 0L; row < rows; row++)
        {
            new Span<float>(x + row * length, length).CopyTo(new(copies.Start + row * padded, length));
            new Span<float>(copies.Start + row * padded + length, padded - length).Clear();
        }
        return copies;
    }

    public override void Multiply(long row, int* places, float* products, int count)
    {
        float* x = numbers + row * padded, sum = sums.Start + row * matrix.Blocks * lanes;
        if (matrix.Bits == 8) CodedRows.Multiply<ByteCodes>(x, sum, matrix.Codes, matrix.Blocks, matrix.Block, matrix.Scales, matrix.Zeros, matrix.Zero, places, products, count);
        else CodedRows.Multiply<NibbleCodes>(x, sum, matrix.Codes, matrix.Blocks, matrix.Block, matrix.Scales, matrix.Zeros, matrix.Zero, places, products, count);
    }

    public void Dispose()
    {
        copies?.Dispose();
        sums.Dispose();
    }
}
