using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>Rearranges elements of tensors, of any type whose elements fill bytes.</summary>
static class ExpertTensor
{
    public static bool IsSupported(TensorData? data) =>
        data is not (null or SparseTensor) && data.Element is ElementType.Float or ElementType.Float16 or ElementType.BFloat16 or ElementType.Double && data.ByteLength <= int.MaxValue;

    /// <summary>A tensor of extents <paramref name="dims"/> whose element i is element <paramref name="source"/>(i) of <paramref name="data"/>.</summary>
    public static TensorData Pick(TensorData data, long[] dims, Func<int, int> source)
    {
        var size = data.Element.BitWidth() / 8;
        var count = checked((int)TensorData.CountElements(dims)!.Value);
        var bytes = new byte[count * size];
        var from = data.Bytes;
        for (var i = 0; i < count; i++) from.Slice(source(i) * size, size).CopyTo(bytes.AsSpan(i * size));
        return new DenseTensor(data.Element, [.. dims], bytes);
    }

    /// <summary>The last two axes in turn.</summary>
    public static TensorData Transpose(TensorData data)
    {
        var (rows, columns) = ((int)data.Dims[^2], (int)data.Dims[^1]);
        return Pick(data, [.. data.Dims[..^2], columns, rows], i => i / (rows * columns) * rows * columns + i % rows * columns + i % (rows * columns) / rows);
    }

    /// <summary>The same elements with other extents.</summary>
    public static TensorData Reshape(TensorData data, params long[] dims) => new DenseTensor(data.Element, [.. dims], data.Bytes.ToArray());

    /// <summary>Tensors of one shape along a new first axis.</summary>
    public static TensorData Stack(IReadOnlyList<TensorData> parts)
    {
        var length = (int)parts[0].ByteLength;
        var bytes = new byte[checked(length * parts.Count)];
        for (var i = 0; i < parts.Count; i++) parts[i].Bytes.CopyTo(bytes.AsSpan(i * length));
        return new DenseTensor(parts[0].Element, [parts.Count, .. parts[0].Dims], bytes);
    }

    /// <summary>Part <paramref name="index"/> along the first axis, which goes.</summary>
    public static TensorData Part(TensorData data, int index)
    {
        var length = (int)(data.ByteLength / data.Dims[0]);
        return new DenseTensor(data.Element, data.Dims[1..], data.Slice((long)index * length, length).ToArray());
    }

    /// <summary>Every <paramref name="step"/>th of the last axis, <paramref name="count"/> from <paramref name="start"/> on.</summary>
    public static TensorData Columns(TensorData data, int start, int step, int count)
    {
        var width = (int)data.Dims[^1];
        return Pick(data, [.. data.Dims[..^1], count], i => i / count * width + start + i % count * step);
    }
}
