using Onnxc.IR;
using Onnxc.Passes.Quantization.Weights;

namespace Onnxc.Passes.Quantization;

/// <summary>Reads products whose weights are quantized already: <c>MatMulNBits</c>, or a product behind <c>DequantizeLinear</c>.</summary>
static class CodedWeights
{
    // What they stand for is one array.
    const int MostElements = int.MaxValue / sizeof(float);

    /// <summary>The site, whose data are what the codes stand for; null where there is none, or its extents are smaller than <paramref name="least"/>.</summary>
    public static WeightSite? Read(Node node, int least)
    {
        if (node.Input(0) is null) return null;
        var site = node.Op is { Domain: "com.microsoft", Name: "MatMulNBits" } ? Nbits(node) : WeightSite.IsProduct(node) ? Plain(node) : null;
        return site is null || site.Channels < least || site.Reduced < least ? null : site;
    }

    static WeightSite? Nbits(Node node)
    {
        if (node.Attributes.Int("K", 0) is not (> 0 and <= int.MaxValue and var reduced) || node.Attributes.Int("N", 0) is not (> 0 and <= int.MaxValue and var channels)) return null;
        if (node.Attributes.Int("bits", 4) is not { } bits || bits is not (2 or 4 or 8) || node.Attributes.Int("block_size", 0) is not (>= 16 and <= 1 << 20 and var block)) return null;
        if (node.Input(1)?.Constant is not { Element: ElementType.UInt8 } codes || node.Input(2)?.Constant is not { } scales || !FloatingType.CanRead(scales.Element) || node.Input(4) is not null) return null;
        var (blocks, zeros) = ((reduced + block - 1) / block, node.Input(3)?.Constant);
        if (node.Input(3) is not null && zeros is null) return null;
        var packed = zeros?.Element == ElementType.UInt8;
        if (zeros is not null && (packed ? zeros.ElementCount != channels * ((blocks * bits + 7) / 8) : !FloatingType.CanRead(zeros.Element) || zeros.ElementCount != channels * blocks)) return null;
        if (codes.ByteLength != channels * blocks * block * bits / 8 || scales.ElementCount != channels * blocks || channels * reduced > MostElements) return null;
        return Site(node, node.Input(1)!, scales.Element, false, (int)channels, (int)reduced, (int)bits, () =>
        {
            var matrix = new QuantizedMatrix((int)channels, (int)reduced, (int)block, new IntegerGrid((int)bits, zeros is null));
            codes.Bytes.CopyTo(matrix.Codes);
            FloatingType.Read(scales.Element, scales.Bytes, matrix.Scales);
            if (packed) matrix.UnpackZeros(zeros!.Bytes);
            else if (zeros is not null) FloatingType.Read(zeros.Element, zeros.Bytes, matrix.Zeros);
            return matrix;
        });
    }

    // Codes in the layout of the weight itself.
    static WeightSite? Plain(Node node)
    {
        if (node.Input(1)?.Producer is not { } from || !from.Op.Is("DequantizeLinear") || from.Input(0)?.Constant is not { Dims: [var first, var second] } codes) return null;
        var (bits, flip) = codes.Element switch
        {
            ElementType.UInt8 => (8, 0),
            ElementType.Int8 => (8, 0x80),
            ElementType.UInt4 => (4, 0),
            ElementType.Int4 => (4, 8),
            _ => (0, 0),
        };
        var transB = node.Op.Is("Gemm") ? node.Attributes.Int("transB", 0) : 0;
        if (bits == 0 || transB is null || codes.ElementCount is 0 or > MostElements) return null;
        if (node.Op.Is("Gemm") && (node.Attributes.Float("alpha", 1) is not 1 || node.Attributes.Float("beta", 1) is not 1 || node.Attributes.Int("transA", 0) is not 0)) return null;
        if (from.Input(1)?.Constant is not { } scales || !FloatingType.CanRead(scales.Element)) return null;
        var zeros = from.Input(2)?.Constant;
        if (from.Input(2) is not null && (zeros is null || zeros.Element != codes.Element || zeros.ElementCount != scales.ElementCount)) return null;
        var channelAxis = transB == 0 ? 1 : 0;
        var (channels, reduced) = transB == 0 ? ((int)second, (int)first) : ((int)first, (int)second);
        var block = from.Attributes.Int("block_size", 0) is { } stated ? (int)Math.Clamp(stated, 0, int.MaxValue) : -1;
        var axis = from.Attributes.Int("axis", 1) is < 0 and var behind ? behind + 2 : from.Attributes.Int("axis", 1);
        // Blocks have to lie along what is summed over.
        if (block < 0 || (block == 0 ? scales.ElementCount != 1 && (scales.Dims is not [var all] || all != channels || axis != channelAxis) : axis == channelAxis || block % 2 != 0)) return null;
        var blocks = block == 0 ? 1 : (reduced + block - 1) / block;
        if (block != 0 && !scales.Dims.AsSpan().SequenceEqual(transB == 0 ? [blocks, channels] : [channels, blocks])) return null;
        return Site(node, from.Output, scales.Element, transB == 0, channels, reduced, bits, () =>
        {
            // Left out, the zero of signed codes is their middle, and that of others is 0.
            var matrix = new QuantizedMatrix(channels, reduced, block, new IntegerGrid(bits, symmetric: zeros is null && flip != 0));
            var (factors, middles, row) = (new float[scales.ElementCount], zeros is null ? null : Unpacked(zeros, bits, flip), new byte[reduced]);
            FloatingType.Read(scales.Element, scales.Bytes, factors);
            var numbers = Unpacked(codes, bits, flip);
            for (var channel = 0; channel < channels; channel++)
            {
                for (var i = 0; i < reduced; i++) row[i] = numbers[transB == 0 ? i * channels + channel : channel * reduced + i];
                for (var b = 0; b < blocks; b++)
                {
                    var at = factors.Length == 1 ? 0 : transB == 0 ? b * channels + channel : channel * blocks + b;
                    matrix.Set(channel, b, new(factors[at], middles?[at] ?? 0), row.AsSpan(b * matrix.Block, Math.Min(matrix.Block, reduced - b * matrix.Block)));
                }
            }
            return matrix;
        });
    }

    static byte[] Unpacked(TensorData data, int bits, int flip)
    {
        var (codes, mask) = (new byte[data.ElementCount], (1 << bits) - 1);
        var bytes = data.Bytes;
        for (var i = 0; i < codes.Length; i++) codes[i] = (byte)(bytes[(int)((long)i * bits / 8)] >> (int)((long)i * bits % 8) & mask ^ flip);
        return codes;
    }

    static WeightSite Site(Node node, Value weight, ElementType element, bool isTransposed, int channels, int reduced, int bits, Func<QuantizedMatrix> read)
    {
        var matrix = new Lazy<QuantizedMatrix>(read);
        var data = new ComputedTensor(element, isTransposed ? [reduced, channels] : [channels, reduced], () =>
        {
            var (all, row) = (new float[channels * reduced], new float[reduced]);
            for (var channel = 0; channel < channels; channel++)
            {
                matrix.Value.ReadRow(channel, row);
                for (var i = 0; i < reduced; i++) all[isTransposed ? i * channels + channel : channel * reduced + i] = row[i];
            }
            return FloatingType.Write(element, isTransposed ? [reduced, channels] : [channels, reduced], all).Bytes.ToArray();
        });
        return new(node, weight, data, isTransposed, 1) { Codes = matrix, CodeBits = bits };
    }
}
