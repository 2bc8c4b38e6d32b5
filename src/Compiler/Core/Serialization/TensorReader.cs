using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>Turns tensors of the file into <see cref="TensorData"/>, checking that type, dimensions and data fit together.</summary>
sealed class TensorReader(ByteSource source, IReadOnlyList<(long Offset, long Length)> payloads, ExternalDataResolver external, ReadOptions options)
{
    public TensorData Read(TensorProto tensor)
    {
        if (tensor.Dims.Count > options.MaxRank) throw Bad(tensor, Invariant($"it has {tensor.Dims.Count} dimensions, more than the limit of {options.MaxRank}"));
        var element = (ElementType)tensor.DataType;
        if (!element.IsKnown()) throw Bad(tensor, Invariant($"its element type is {tensor.DataType}, which ONNX does not define"));
        if (tensor.Segment is not null) throw Bad(tensor, "it is stored in segments, which nothing supports");
        ImmutableArray<long> dims = [.. tensor.Dims];
        if (TensorData.CountElements(dims) is not { } count) throw Bad(tensor, $"its dimensions [{string.Join(",", dims)}] are negative or overflow");
        if (element == ElementType.String) return Strings(tensor, dims, count);
        if (count > long.MaxValue / 128) throw Bad(tensor, $"its dimensions [{string.Join(",", dims)}] overflow");
        var expected = element.ByteLength(count);

        if (tensor.DataLocation == TensorProto.Types.DataLocation.External)
        {
            if (expected == 0) return new DenseTensor(element, dims, []) { Origin = tensor };
            var (file, offset, length) = external.Resolve(tensor, expected);
            return new MappedTensor(element, dims, file, offset, length) { Origin = tensor };
        }
        if (tensor.HasRawData)
        {
            if (RawDataMarker.TryRead(tensor.RawData.Span, out var index))
            {
                var (offset, length) = payloads[index];
                if (length != expected) throw Size(tensor, expected, length, "bytes");
                return source.Tensor(element, dims, offset, length, tensor);
            }
            if (tensor.RawData.Length != expected) throw Size(tensor, expected, tensor.RawData.Length, "bytes");
            return new DenseTensor(element, dims, tensor.RawData.ToByteArray()) { Origin = tensor };
        }
        return new DenseTensor(element, dims, Typed(tensor, element, count, expected)) { Origin = tensor };
    }

    public SparseTensor Read(SparseTensorProto sparse)
    {
        if (sparse.Values is null) throw new DiagnosticException(Diagnostic.Create(Descriptors.BadTensor, null, "", "a sparse tensor has no values"));
        if (sparse.Dims.Count > options.MaxRank || TensorData.CountElements(sparse.Dims) is not { } count)
            throw Bad(sparse.Values, $"its dimensions [{string.Join(",", sparse.Dims.Take(options.MaxRank))}] are negative, too many, or overflow");
        if (count > options.MaxSparseElements) throw Bad(sparse.Values, Invariant($"it has {count} elements once expanded, more than the limit of {options.MaxSparseElements}"));
        var values = Read(sparse.Values);
        var indices = sparse.Indices is null ? null : Read(sparse.Indices);
        if (indices is not null) CheckIndices(sparse, values, indices);
        return new SparseTensor([.. sparse.Dims], values, indices) { Origin = sparse };
    }

    // A lying index would be written beyond the dense tensor by whoever expands it.
    static void CheckIndices(SparseTensorProto sparse, TensorData values, TensorData indices)
    {
        var rank = sparse.Dims.Count;
        var linear = indices.Dims.Length == 1;
        if (indices.Element != ElementType.Int64 || indices.Dims.Length is not (1 or 2) || indices.Dims[0] != values.ElementCount || (!linear && indices.Dims[1] != rank))
            throw Bad(sparse.Values, $"its indices {indices} do not fit its values {values} and {rank} dimensions");
        var total = TensorData.CountElements(sparse.Dims) ?? 0;
        var entries = MemoryMarshal.Cast<byte, long>(indices.Bytes);
        for (var i = 0; i < entries.Length; i++)
            if (entries[i] < 0 || entries[i] >= (linear ? total : sparse.Dims[i % rank])) throw Bad(sparse.Values, Invariant($"index {entries[i]} lies outside it"));
    }

    static StringTensor Strings(TensorProto tensor, ImmutableArray<long> dims, long count)
    {
        if (tensor.DataLocation == TensorProto.Types.DataLocation.External || tensor.HasRawData) throw Bad(tensor, "strings cannot be stored as raw or external data");
        if (tensor.StringData.Count != count) throw Size(tensor, count, tensor.StringData.Count, "strings");
        return new StringTensor(dims, [.. tensor.StringData.Select(s => s.ToByteArray())]) { Origin = tensor };
    }

    static byte[] Typed(TensorProto tensor, ElementType element, long count, long expected)
    {
        // Complex numbers take two entries; elements of less than a byte share one entry per byte.
        switch (element)
        {
            case ElementType.Float or ElementType.Complex64:
                return Pack(tensor, tensor.FloatData, element == ElementType.Float ? count : 2 * count, expected, 4,
                    (bytes, v) => BinaryPrimitives.WriteSingleLittleEndian(bytes, v));
            case ElementType.Double or ElementType.Complex128:
                return Pack(tensor, tensor.DoubleData, element == ElementType.Double ? count : 2 * count, expected, 8,
                    (bytes, v) => BinaryPrimitives.WriteDoubleLittleEndian(bytes, v));
            case ElementType.Int64:
                return Pack(tensor, tensor.Int64Data, count, expected, 8, (bytes, v) => BinaryPrimitives.WriteInt64LittleEndian(bytes, v));
            case ElementType.UInt64:
                return Pack(tensor, tensor.Uint64Data, count, expected, 8, (bytes, v) => BinaryPrimitives.WriteUInt64LittleEndian(bytes, v));
            case ElementType.UInt32:
                return Pack(tensor, tensor.Uint64Data, count, expected, 4, (bytes, v) => BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)v));
            case ElementType.Int32:
                return Pack(tensor, tensor.Int32Data, count, expected, 4, (bytes, v) => BinaryPrimitives.WriteInt32LittleEndian(bytes, v));
            default:
                return element.BitWidth() == 16
                    ? Pack(tensor, tensor.Int32Data, count, expected, 2, (bytes, v) => BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)v))
                    : Pack(tensor, tensor.Int32Data, expected, expected, 1, (bytes, v) => bytes[0] = (byte)v);
        }
    }

    delegate void Put<T>(Span<byte> bytes, T value);

    static byte[] Pack<T>(TensorProto tensor, RepeatedField<T> values, long entries, long expected, int width, Put<T> put)
    {
        if (values.Count != entries) throw Size(tensor, entries, values.Count, "numbers");
        var bytes = new byte[expected];
        for (var i = 0; i < values.Count; i++) put(bytes.AsSpan(i * width, width), values[i]);
        return bytes;
    }

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    static DiagnosticException Size(TensorProto tensor, long expected, long found, string unit) =>
        Bad(tensor, Invariant($"{new TensorType((ElementType)tensor.DataType, new Shape(tensor.Dims))} takes {expected} {unit}, found {found}"));

    static DiagnosticException Bad(TensorProto tensor, string what) => new(Diagnostic.Create(Descriptors.BadTensor, null, tensor.Name, what));
}
