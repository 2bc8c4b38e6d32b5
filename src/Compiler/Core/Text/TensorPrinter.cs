using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>
/// Writes tensors. Types without literals of their own print bit patterns, as the reference does for float16 and float8: unsigned
/// integers, one per element, for sub-byte types too; int4 and int2 print their signed values. A complex number is two numbers. A sparse
/// tensor, for which the official syntax has no form, is <c>sparse_tensor(float[3,4]) {float[2] {1, 2}, int64[2] {0, 5}}</c>.
/// </summary>
static class TensorPrinter
{
    // A multiple of 8, so that chunks of sub-byte elements start at whole bytes.
    const int ChunkElements = 1 << 14;

    public static ValueType TypeOf(TensorData tensor) =>
        tensor is SparseTensor ? new SparseTensorType(tensor.Element, new Shape(tensor.Dims)) : tensor.Type;

    public static void WriteType(TextWriter writer, TensorData tensor)
    {
        if (tensor is SparseTensor) writer.Write("sparse_tensor(");
        TypePrinter.WriteTensor(writer, tensor.Element, tensor.Dims);
        if (tensor is SparseTensor) writer.Write(')');
    }

    public static void Write(TextWriter writer, TensorData tensor, PrintOptions options)
    {
        WriteType(writer, tensor);
        writer.Write(' ');
        WriteData(writer, tensor, options);
    }

    public static void WriteData(TextWriter writer, TensorData tensor, PrintOptions options)
    {
        writer.Write('{');
        if (tensor is SparseTensor sparse)
        {
            Write(writer, sparse.Values, options);
            if (sparse.Indices is { } indices)
            {
                writer.Write(", ");
                Write(writer, indices, options);
            }
        }
        else if (tensor.ElementCount > options.MaxElements) writer.Write("...");
        else if (tensor is StringTensor strings) WriteStrings(writer, strings);
        else WriteElements(writer, tensor);
        writer.Write('}');
    }

    static void WriteStrings(TextWriter writer, StringTensor tensor)
    {
        for (var i = 0; i < tensor.Values.Length; i++)
        {
            if (i > 0) writer.Write(", ");
            Literals.WriteQuoted(writer, tensor.Values[i]);
        }
    }

    static void WriteElements(TextWriter writer, TensorData tensor)
    {
        switch (tensor.Element)
        {
            case ElementType.Float or ElementType.Complex64: WriteNumbers<float>(writer, tensor); break;
            case ElementType.Double or ElementType.Complex128: WriteNumbers<double>(writer, tensor); break;
            case ElementType.Int8: WriteNumbers<sbyte>(writer, tensor); break;
            case ElementType.Int16: WriteNumbers<short>(writer, tensor); break;
            case ElementType.Int32: WriteNumbers<int>(writer, tensor); break;
            case ElementType.Int64: WriteNumbers<long>(writer, tensor); break;
            case ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16: WriteNumbers<ushort>(writer, tensor); break;
            case ElementType.UInt32: WriteNumbers<uint>(writer, tensor); break;
            case ElementType.UInt64: WriteNumbers<ulong>(writer, tensor); break;
            default:
                if (tensor.Element.BitWidth() == 8) WriteNumbers<byte>(writer, tensor);
                else if (tensor.Element.BitWidth() is 2 or 4) WritePacked(writer, tensor);
                break;
        }
    }

    static void WriteNumbers<T>(TextWriter writer, TensorData tensor) where T : unmanaged, INumberBase<T>
    {
        var size = Unsafe.SizeOf<T>();
        var count = tensor.ByteLength / size;
        for (long start = 0; start < count; start += ChunkElements)
        {
            var length = (int)Math.Min(ChunkElements, count - start);
            var first = start == 0;
            foreach (var value in MemoryMarshal.Cast<byte, T>(tensor.Slice(start * size, length * size)))
            {
                if (!first) writer.Write(", ");
                first = false;
                Literals.WriteNumber(writer, value);
            }
        }
    }

    static void WritePacked(TextWriter writer, TensorData tensor)
    {
        var bits = tensor.Element.BitWidth();
        var signed = tensor.Element is ElementType.Int4 or ElementType.Int2;
        for (long start = 0; start < tensor.ElementCount; start += ChunkElements)
        {
            var length = (int)Math.Min(ChunkElements, tensor.ElementCount - start);
            var bytes = tensor.Slice(start * bits / 8, ((length * bits) + 7) / 8);
            for (var i = 0; i < length; i++)
            {
                if (start + i > 0) writer.Write(", ");
                var shifted = bytes[i * bits / 8] << (32 - bits - (i * bits % 8));
                Literals.WriteNumber(writer, signed ? shifted >> (32 - bits) : (int)((uint)shifted >> (32 - bits)));
            }
        }
    }
}
