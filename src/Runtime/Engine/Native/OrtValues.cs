using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Runtime.Native;

/// <summary>Moves values into and out of ONNX Runtime.</summary>
static unsafe class OrtValues
{
    const int Tensor = 1, Sequence = 2, Map = 3;
    const int Chunk = 1 << 26;

    /// <summary>Copies <paramref name="value"/>; the caller releases the result. Throws <see cref="NotSupportedException"/> where ORT has no way in.</summary>
    public static nint Create(RuntimeValue value)
    {
        switch (value)
        {
            case TensorValue { Data: SparseTensor }:
                throw new NotSupportedException("sparse tensors cannot be fed");
            case TensorValue { Data: StringTensor text }:
                return CreateStrings(text);
            case TensorValue { Data: var data }:
                return CreateDense(data);
            case SequenceValue { Items.Length: 0 }:
                throw new NotSupportedException("the C API of ONNX Runtime cannot make an empty sequence");
            case SequenceValue sequence:
                return CreateComposite([.. sequence.Items], Sequence);
            case MapValue map:
                return CreateComposite([new TensorValue(map.Keys), map.Values], Map);
            default:
                throw new NotSupportedException("the C API of ONNX Runtime cannot make an empty optional");
        }
    }

    /// <summary>Copies out what <paramref name="value"/> holds.</summary>
    public static RuntimeValue Read(nint value)
    {
        if (value == 0 || OrtTable.Int(192, value) == 0) return NoneValue.Instance;
        switch (OrtTable.Int(67, value))
        {
            case Tensor:
                return new TensorValue(ReadTensor(value));
            case Sequence:
                var items = ImmutableArray.CreateBuilder<RuntimeValue>();
                for (int i = 0, count = (int)OrtTable.Size(81, value); i < count; i++) items.Add(ReadElement(value, i));
                return new SequenceValue(items.ToImmutable());
            case Map:
                return new MapValue(((TensorValue)ReadElement(value, 0)).Data, ReadElement(value, 1));
            default:
                throw new NotSupportedException("sparse and opaque results cannot be read");
        }
    }

    static RuntimeValue ReadElement(nint value, int index)
    {
        var element = OrtTable.Element(value, index);
        try
        {
            return Read(element);
        }
        finally
        {
            OrtTable.ReleaseValue(element);
        }
    }

    /// <summary>Shows a dense tensor of numbers where it lies. False when <paramref name="value"/> is something else.</summary>
    public static bool View(nint value, TensorView view)
    {
        if (value == 0 || OrtTable.Int(192, value) == 0 || OrtTable.Int(67, value) != Tensor) return false;
        var (element, dims, count) = Describe(value);
        if (element is ElementType.String or ElementType.Undefined || element.ByteLength(count) > int.MaxValue) return false;
        view(element, dims, new ReadOnlySpan<byte>((void*)OrtTable.Handle(51, value), (int)element.ByteLength(count)));
        return true;
    }

    static TensorData ReadTensor(nint value)
    {
        var (element, dims, count) = Describe(value);
        if (element == ElementType.String) return ReadStrings(value, dims, checked((int)count));
        var bytes = new byte[element.ByteLength(count)];
        new ReadOnlySpan<byte>((void*)OrtTable.Handle(51, value), bytes.Length).CopyTo(bytes);
        return new DenseTensor(element, [.. dims], bytes);
    }

    static (ElementType Element, long[] Dims, long Count) Describe(nint value)
    {
        var info = OrtTable.Handle(65, value);
        ElementType element;
        long[] dims;
        try
        {
            element = OrtTypes.FromOrt(OrtTable.Int(60, info));
            dims = new long[(int)OrtTable.Size(61, info)];
            // Only 64-bit processes are supported, where nint and int64_t agree.
            fixed (long* extents = dims) OrtTable.Fill(62, info, (nint*)extents, dims.Length);
        }
        finally
        {
            OrtTable.Release(99, info);
        }
        return (element, dims, TensorData.CountElements(dims) ?? throw new NotSupportedException("a result has impossible extents"));
    }

    static StringTensor ReadStrings(nint value, long[] dims, int count)
    {
        if (count == 0) return new StringTensor([.. dims], []);
        var text = new byte[(int)OrtTable.Size(53, value)];
        var offsets = new nuint[count];
        OrtTable.StringContent(value, text, offsets);
        var strings = ImmutableArray.CreateBuilder<byte[]>(count);
        for (var i = 0; i < count; i++) strings.Add(text[(int)offsets[i]..(i + 1 < count ? (int)offsets[i + 1] : text.Length)]);
        return new StringTensor([.. dims], strings.MoveToImmutable());
    }

    static nint CreateDense(TensorData data)
    {
        var value = OrtTable.CreateTensor(data.Dims.AsSpan(), OrtTypes.ToOrt(data.Element));
        if (data.ByteLength == 0) return value;
        var target = (byte*)OrtTable.Handle(51, value);
        for (long offset = 0; offset < data.ByteLength; offset += Chunk)
        {
            var length = (int)Math.Min(Chunk, data.ByteLength - offset);
            data.Slice(offset, length).CopyTo(new Span<byte>(target + offset, length));
        }
        return value;
    }

    static nint CreateStrings(StringTensor text)
    {
        var value = OrtTable.CreateTensor(text.Dims.AsSpan(), OrtTypes.ToOrt(ElementType.String));
        for (var i = 0; i < text.Values.Length; i++) OrtTable.SetString(value, i, text.Values[i]);
        return value;
    }

    static nint CreateComposite(IReadOnlyList<RuntimeValue> parts, int kind)
    {
        var handles = new nint[parts.Count];
        try
        {
            for (var i = 0; i < handles.Length; i++) handles[i] = Create(parts[i]);
            return OrtTable.CreateValue(handles, kind);
        }
        finally
        {
            foreach (var handle in handles) OrtTable.ReleaseValue(handle);
        }
    }
}
