namespace Onnxc.Passes.Quantization.Weights;

/// <summary>
/// Codes of a matrix [N, K], packed as <c>MatMulNBits</c> has them: rows of blocks, low bits first. A block has a scale; its last one in a row may be
/// shorter, and the bytes behind it are zero.
/// </summary>
sealed class QuantizedMatrix
{
    // With one scale for a whole row, codes are still laid out for blocks of this extent, which ONNX Runtime has fast code for.
    const int LargestBlock = 128, LeastBlock = 16;

    /// <param name="block">Weights that share a scale; 0 for whole rows.</param>
    public QuantizedMatrix(int rows, int columns, int block, WeightGrid grid)
    {
        (Rows, Columns, Grid) = (rows, columns, grid);
        IsByRow = block == 0;
        StorageBlock = IsByRow ? Math.Clamp((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)columns), LeastBlock, LargestBlock) : block;
        Block = IsByRow ? columns : block;
        Blocks = (columns + Block - 1) / Block;
        StorageBlocks = (columns + StorageBlock - 1) / StorageBlock;
        RowBytes = checked(StorageBlocks * StorageBlock * grid.Bits / 8);
        Codes = new byte[(long)rows * RowBytes];
        Scales = new float[rows * Blocks];
        Zeros = grid.HasZero ? new float[rows * Blocks] : null;
    }

    public int Rows { get; }

    public int Columns { get; }

    public WeightGrid Grid { get; }

    public bool IsByRow { get; }

    /// <summary>Weights that share a scale.</summary>
    public int Block { get; }

    public int Blocks { get; }

    /// <summary>Extent of blocks as codes are laid out: that of <see cref="Block"/>, or a smaller one that has the scale of its row.</summary>
    public int StorageBlock { get; }

    public int StorageBlocks { get; }

    /// <summary>Packed codes, [N, storage blocks, bytes of a block].</summary>
    public byte[] Codes { get; }

    /// <summary>Scales, [N, blocks].</summary>
    public float[] Scales { get; }

    /// <summary>Zero points, [N, blocks]; null when the grid has none of its own.</summary>
    public float[]? Zeros { get; }

    int RowBytes { get; }

    /// <summary>Scales as they are stored, [N, storage blocks].</summary>
    public float[] StorageScales => Spread(Scales);

    public float[]? StorageZeros => Zeros is null ? null : Spread(Zeros);

    float[] Spread(float[] values)
    {
        if (Blocks == StorageBlocks) return values;
        var spread = new float[Rows * StorageBlocks];
        for (var i = 0; i < spread.Length; i++) spread[i] = values[i / StorageBlocks];
        return spread;
    }

    public BlockScale Scale(int row, int block)
    {
        var index = row * Blocks + block;
        return new(Scales[index], Zeros is null ? 1 << (Grid.Bits - 1) : Zeros[index]);
    }

    /// <summary>Stores the scale and codes of a block; several threads may, each for its own rows.</summary>
    public void Set(int row, int block, BlockScale scale, ReadOnlySpan<byte> codes)
    {
        Scales[row * Blocks + block] = scale.Scale;
        if (Zeros is not null) Zeros[row * Blocks + block] = scale.Zero;
        var to = Codes.AsSpan().Slice(checked((int)((long)row * RowBytes)) + block * Block * Grid.Bits / 8);
        Pack(codes, to, Grid.Bits);
    }

    /// <summary>Takes zero points that are packed like codes, each row to whole bytes.</summary>
    public void UnpackZeros(ReadOnlySpan<byte> packed)
    {
        var (bits, width) = (Grid.Bits, (Blocks * Grid.Bits + 7) / 8);
        for (var i = 0; i < Zeros!.Length; i++)
        {
            var at = i % Blocks * bits;
            Zeros[i] = packed[i / Blocks * width + at / 8] >> at % 8 & (1 << bits) - 1;
        }
    }

    public void ReadCodes(int row, Span<byte> codes)
    {
        var (bits, start) = (Grid.Bits, (long)row * RowBytes);
        var mask = (1 << bits) - 1;
        for (var i = 0; i < codes.Length; i++) codes[i] = (byte)(Codes[start + i * bits / 8] >> (i * bits % 8) & mask);
    }

    /// <summary>The weights of a row as they are now.</summary>
    public void ReadRow(int row, Span<float> values)
    {
        var codes = new byte[Columns];
        ReadCodes(row, codes);
        for (var b = 0; b < Blocks; b++)
        {
            var scale = Scale(row, b);
            for (var i = b * Block; i < Math.Min((b + 1) * Block, Columns); i++) values[i] = Grid.Value(codes[i], scale);
        }
    }

    /// <summary>Packs codes of 2, 4 or 8 bits, low bits first.</summary>
    public static void Pack(ReadOnlySpan<byte> codes, Span<byte> to, int bits)
    {
        switch (bits)
        {
            case 8:
                codes.CopyTo(to);
                return;
            case 4:
                for (var i = 0; i + 1 < codes.Length; i += 2) to[i / 2] = (byte)(codes[i] | codes[i + 1] << 4);
                if (codes.Length % 2 == 1) to[codes.Length / 2] = codes[^1];
                return;
            default:
                for (var i = 0; i < codes.Length; i++)
                {
                    var shift = i * bits % 8;
                    to[i * bits / 8] = (byte)((shift == 0 ? 0 : to[i * bits / 8]) | codes[i] << shift);
                }
                return;
        }
    }
}
