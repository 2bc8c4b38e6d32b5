using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Quantization;

/// <summary>Quantized matrices as tensors of the model.</summary>
static class StoredWeights
{
    /// <summary>Codes as <c>MatMulNBits</c> has them: [N, blocks, bytes of a block].</summary>
    public static TensorData Codes(QuantizedMatrix matrix) =>
        new DenseTensor(ElementType.UInt8, [matrix.Rows, matrix.StorageBlocks, matrix.StorageBlock * matrix.Grid.Bits / 8], matrix.Codes);

    public static TensorData Scales(QuantizedMatrix matrix, ElementType element) =>
        FloatingType.Write(element, [matrix.Rows, matrix.StorageBlocks], matrix.StorageScales);

    /// <summary>Zero points packed like codes, each row to whole bytes; null when they are in the middle.</summary>
    public static TensorData? PackedZeros(QuantizedMatrix matrix)
    {
        if (matrix.StorageZeros is not { } zeros) return null;
        var width = (matrix.StorageBlocks * matrix.Grid.Bits + 7) / 8;
        var bytes = new byte[matrix.Rows * width];
        for (var row = 0; row < matrix.Rows; row++)
        {
            var codes = Array.ConvertAll(zeros[(row * matrix.StorageBlocks)..((row + 1) * matrix.StorageBlocks)], z => (byte)z);
            QuantizedMatrix.Pack(codes, bytes.AsSpan(row * width, width), matrix.Grid.Bits);
        }
        return new DenseTensor(ElementType.UInt8, [matrix.Rows, width], bytes);
    }

    /// <summary>Zero points of half-quadratic quantization, which are no integers.</summary>
    public static TensorData FloatZeros(QuantizedMatrix matrix, ElementType element) =>
        FloatingType.Write(element, [matrix.Rows, matrix.StorageBlocks], matrix.StorageZeros!);

    /// <summary>The element type that <c>DequantizeLinear</c> takes for codes.</summary>
    public static ElementType PlainType(WeightType type, bool hasZero) => type switch
    {
        WeightType.Uint8 => ElementType.UInt8,
        WeightType.Int4 => hasZero ? ElementType.UInt4 : ElementType.Int4,
        WeightType.Int2 => hasZero ? ElementType.UInt2 : ElementType.Int2,
        WeightType.E4m3 => ElementType.Float8E4M3FN,
        WeightType.E5m2 => ElementType.Float8E5M2,
        _ => ElementType.Int8,
    };

    /// <summary>Codes in the layout of the weight itself, [N, K] or [K, N].</summary>
    public static TensorData PlainCodes(QuantizedMatrix matrix, ElementType element, bool isTransposed)
    {
        var bits = matrix.Grid.Bits;
        var (rows, columns) = ((long)matrix.Rows, matrix.Columns);
        var bytes = new byte[element.ByteLength(rows * columns)];
        var codes = new byte[columns];
        var flip = Flip(element);
        for (var row = 0; row < rows; row++)
        {
            matrix.ReadCodes(row, codes);
            var (at, step) = isTransposed ? ((long)row, rows) : (row * (long)columns, 1L);
            for (var i = 0; i < columns; i++, at += step) bytes[at * bits / 8] |= (byte)((codes[i] ^ flip) << (int)(at * bits % 8));
        }
        return new DenseTensor(element, isTransposed ? [columns, rows] : [rows, columns], bytes);
    }

    /// <summary>Scales for <c>DequantizeLinear</c>: one, one for each channel, or for each block in the layout of the weight.</summary>
    public static TensorData PlainScales(QuantizedMatrix matrix, ElementType element, bool isTransposed, bool perTensor)
    {
        if (perTensor) return FloatingType.Write(element, [], [matrix.Scales[0]]);
        if (matrix.IsByRow) return FloatingType.Write(element, [matrix.Rows], matrix.Scales);
        return FloatingType.Write(element, PlainDims(matrix, isTransposed), Arranged(matrix, matrix.Scales, isTransposed));
    }

    /// <summary>Zero points of the same form; null for a type whose zero is its middle.</summary>
    public static TensorData? PlainZeros(QuantizedMatrix matrix, ElementType element, bool isTransposed, bool perTensor)
    {
        if (matrix.Zeros is not { } values) return null;
        long[] dims = perTensor ? [] : matrix.IsByRow ? [matrix.Rows] : PlainDims(matrix, isTransposed);
        var zeros = perTensor ? values[..1] : matrix.IsByRow ? values : Arranged(matrix, values, isTransposed);
        var bytes = new byte[element.ByteLength(zeros.Length)];
        var flip = Flip(element);
        QuantizedMatrix.Pack(Array.ConvertAll(zeros, z => (byte)((byte)z ^ flip)), bytes, matrix.Grid.Bits);
        return new DenseTensor(element, [.. dims], bytes);
    }

    // Signed codes have the zero in the middle, where unsigned ones have half their range.
    static int Flip(ElementType element) => element switch
    {
        ElementType.Int8 => 0x80,
        ElementType.Int4 => 8,
        ElementType.Int2 => 2,
        _ => 0,
    };

    static long[] PlainDims(QuantizedMatrix matrix, bool isTransposed) => isTransposed ? [matrix.Blocks, matrix.Rows] : [matrix.Rows, matrix.Blocks];

    static float[] Arranged(QuantizedMatrix matrix, float[] values, bool isTransposed)
    {
        if (!isTransposed) return values;
        var arranged = new float[values.Length];
        for (var i = 0; i < values.Length; i++) arranged[i % matrix.Blocks * matrix.Rows + i / matrix.Blocks] = values[i];
        return arranged;
    }
}
