using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Sparsity;

/// <summary>Quantized matrices as the sparse operators take them: with the codes, the scales and the zeros that the matrix has.</summary>
static class SparseCodes
{
    /// <summary>Codes by row of what is summed over, [K, bytes of N codes]: a row is read or not.</summary>
    public static TensorData ByTerm(QuantizedMatrix matrix)
    {
        var (bits, width) = (matrix.Grid.Bits, (matrix.Rows * matrix.Grid.Bits + 7) / 8);
        var (bytes, codes) = (new byte[checked((long)matrix.Columns * width)], new byte[matrix.Columns]);
        for (var row = 0; row < matrix.Rows; row++)
        {
            matrix.ReadCodes(row, codes);
            var (at, shift) = ((long)row * bits / 8, row * bits % 8);
            for (var i = 0; i < codes.Length; i++, at += width) bytes[at] |= (byte)(codes[i] << shift);
        }
        return new DenseTensor(ElementType.UInt8, [matrix.Columns, width], bytes);
    }

    /// <summary>Scales of <see cref="ByTerm"/>, [blocks, N].</summary>
    public static TensorData ScalesByTerm(QuantizedMatrix matrix, ElementType element) => FloatingType.Write(element, [matrix.Blocks, matrix.Rows], Turned(matrix, matrix.Scales));

    /// <summary>Zeros of <see cref="ByTerm"/>, [blocks, N], or the one of all.</summary>
    public static TensorData ZerosByTerm(QuantizedMatrix matrix, ElementType element) =>
        matrix.Zeros is { } zeros ? FloatingType.Write(element, [matrix.Blocks, matrix.Rows], Turned(matrix, zeros)) : Middle(matrix, element);

    /// <summary>Zeros as they lie with <c>MatMulNBits</c>, [N, blocks], or the one of all.</summary>
    public static TensorData ZerosByChannel(QuantizedMatrix matrix, ElementType element) =>
        matrix.StorageZeros is { } zeros ? FloatingType.Write(element, [matrix.Rows, matrix.StorageBlocks], zeros) : Middle(matrix, element);

    static TensorData Middle(QuantizedMatrix matrix, ElementType element) => FloatingType.Write(element, [], [1 << (matrix.Grid.Bits - 1)]);

    static float[] Turned(QuantizedMatrix matrix, float[] values)
    {
        var turned = new float[values.Length];
        for (var i = 0; i < values.Length; i++) turned[i % matrix.Blocks * matrix.Rows + i / matrix.Blocks] = values[i];
        return turned;
    }
}
