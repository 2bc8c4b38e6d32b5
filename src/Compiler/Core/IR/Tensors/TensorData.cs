using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Onnxc.IR;

/// <summary>
/// An immutable tensor. Elements are packed, little endian, row major; sub-byte elements share bytes, low bits first.
/// Clones and copies of a model share it.
/// </summary>
public abstract class TensorData
{
    private protected TensorData(ElementType element, ImmutableArray<long> dims)
    {
        Element = element;
        Dims = dims;
        ElementCount = CountElements(dims) ?? throw new OverflowException("tensor dimensions overflow");
    }

    public ElementType Element { get; }
    public ImmutableArray<long> Dims { get; }
    public long ElementCount { get; }

    /// <summary>Length of the packed elements in bytes; 0 for strings.</summary>
    public abstract long ByteLength { get; }

    /// <summary>What the reader saw beside the data (name, documentation, how it was stored); only serialization looks inside.</summary>
    internal object? Origin { get; init; }

    public TensorType Type => new(Element, new Shape(Dims));

    /// <summary>Bytes <paramref name="offset"/> to <c>offset + length</c> of the packed elements, without a copy where that is possible.</summary>
    public abstract ReadOnlySpan<byte> Slice(long offset, int length);

    /// <summary>All packed elements. Throws <see cref="OverflowException"/> above 2 GiB: use <see cref="Slice"/> there.</summary>
    public ReadOnlySpan<byte> Bytes => Slice(0, checked((int)ByteLength));

    /// <summary>The elements as <typeparamref name="T"/>, whose size must be that of <see cref="Element"/>.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        if (Marshal.SizeOf<T>() * 8 != Element.BitWidth() && !(typeof(T) == typeof(bool) && Element == ElementType.Bool))
            throw new InvalidOperationException($"a tensor of {Element.Name()} cannot be read as {typeof(T).Name}");
        return MemoryMarshal.Cast<byte, T>(Bytes).ToArray();
    }

    /// <summary>Product of the extents, or null when one is negative or the product overflows.</summary>
    public static long? CountElements(IReadOnlyList<long> dims)
    {
        Int128 count = 1;
        foreach (var dim in dims)
        {
            if (dim < 0) return null;
            count *= dim;
            if (count > long.MaxValue) return null;
        }
        return (long)count;
    }

    public static TensorData Of<T>(ElementType element, ReadOnlySpan<long> dims, ReadOnlySpan<T> values) where T : unmanaged =>
        new DenseTensor(element, [.. dims], MemoryMarshal.AsBytes(values).ToArray());

    public static TensorData Floats(ReadOnlySpan<float> values, params ReadOnlySpan<long> dims) =>
        Of(ElementType.Float, dims.Length == 0 ? [values.Length] : dims, values);

    public static TensorData Int64s(ReadOnlySpan<long> values, params ReadOnlySpan<long> dims) =>
        Of(ElementType.Int64, dims.Length == 0 ? [values.Length] : dims, values);

    public static TensorData Scalar(float value) => Of<float>(ElementType.Float, [], [value]);

    public static TensorData Scalar(long value) => Of<long>(ElementType.Int64, [], [value]);

    /// <summary>True when type, extents and every bit agree (so <c>-0</c> differs from <c>0</c>, and a NaN equals itself).</summary>
    public virtual bool ContentEquals(TensorData other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other.GetType() == typeof(StringTensor) || other is SparseTensor) return false;
        if (Element != other.Element || ByteLength != other.ByteLength || !Dims.AsSpan().SequenceEqual(other.Dims.AsSpan())) return false;
        const int Chunk = 1 << 26;
        for (long offset = 0; offset < ByteLength; offset += Chunk)
        {
            var length = (int)Math.Min(Chunk, ByteLength - offset);
            if (!Slice(offset, length).SequenceEqual(other.Slice(offset, length))) return false;
        }
        return true;
    }

    /// <summary>A hash of type, extents and content, the same on every machine.</summary>
    public virtual ulong ContentHash()
    {
        var hash = new System.IO.Hashing.XxHash3();
        hash.Append(MemoryMarshal.AsBytes([(long)Element, .. Dims]));
        const int Chunk = 1 << 26;
        for (long offset = 0; offset < ByteLength; offset += Chunk) hash.Append(Slice(offset, (int)Math.Min(Chunk, ByteLength - offset)));
        return hash.GetCurrentHashAsUInt64();
    }

    public override string ToString() => Type.ToString();
}
