using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// A constant matrix seen as rows of output channels, [N, K], however it is stored. It is read piece by piece where it lies, since it may be larger
/// than memory.
/// </summary>
/// <param name="isTransposed">The tensor is [K, N], as <c>MatMul</c> has it.</param>
sealed class WeightMatrix(TensorData data, bool isTransposed)
{
    public int Rows { get; } = (int)data.Dims[isTransposed ? 1 : 0];

    public int Columns { get; } = (int)data.Dims[isTransposed ? 0 : 1];

    /// <summary>What each column is multiplied by when it is read; null for nothing.</summary>
    public float[]? Factors { get; init; }

    public WeightMatrix With(float[] factors) => new(data, isTransposed) { Factors = factors };

    /// <summary>Reads <paramref name="rows"/> rows of <paramref name="columns"/> columns to places that are <paramref name="pitch"/> apart.</summary>
    public void Read(int row, int rows, int column, int columns, Span<float> to, int pitch)
    {
        if (isTransposed) ReadTransposed(row, rows, column, columns, to, pitch);
        else
            for (var i = 0; i < rows; i++) ReadLine(row + i, column, to.Slice(i * pitch, columns));
        if (Factors is null) return;
        for (var i = 0; i < rows; i++)
        {
            var line = to.Slice(i * pitch, columns);
            for (var j = 0; j < columns; j++) line[j] *= Factors[column + j];
        }
    }

    public void ReadRow(int row, Span<float> to) => Read(row, 1, 0, Columns, to, Columns);

    public float[] ReadAll()
    {
        var all = new float[checked(Rows * Columns)];
        Read(0, Rows, 0, Columns, all, Columns);
        return all;
    }

    void ReadTransposed(int row, int rows, int column, int columns, Span<float> to, int pitch)
    {
        var lines = data.Element == ElementType.Float ? [] : new float[rows];
        for (var j = 0; j < columns; j++)
        {
            ReadOnlySpan<float> line = lines;
            if (lines.Length == 0) line = MemoryMarshal.Cast<byte, float>(Bytes(column + j, row, rows));
            else ReadLine(column + j, row, lines);
            for (int i = 0, at = j; i < line.Length; i++, at += pitch) to[at] = line[i];
        }
    }

    // `length` elements of a line of the tensor as it is stored.
    void ReadLine(int line, int from, Span<float> to) => FloatingType.Read(data.Element, Bytes(line, from, to.Length), to);

    ReadOnlySpan<byte> Bytes(int line, int from, int length)
    {
        var width = data.Element.BitWidth() / 8;
        return data.Slice((line * data.Dims[1] + from) * width, length * width);
    }
}
