using System.Runtime.InteropServices;

namespace Onnxc.Kernels.Native;

/// <summary>The functions of ONNX Runtime that kernels need; a status that says failure becomes a <see cref="KernelException"/>.</summary>
readonly unsafe struct OrtApi(nint* table, int release = 0)
{
    /// <summary>The oldest version of the table with every entry used here (in-place operators came last), so that older hosts can load the kernels too.</summary>
    public const uint Version = 18;

    // Shapes are copied by older ones, which takes longer than many a kernel.
    const int LendsShapes = 24;

    // OrtErrorCode of the C API.
    const int Fail = 1, InvalidArgument = 2, NotImplemented = 9, ProviderFail = 11;

    public nint* Table => table;

    /// <summary>The table of the host that <paramref name="apiBase"/> belongs to.</summary>
    public static OrtApi Of(nint apiBase)
    {
        var found = (nint*)((delegate* unmanaged[Cdecl]<uint, nint>)((nint*)apiBase)[0])(Version);
        // A version that the host lacks must not be asked for: it would complain.
        var text = Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)((nint*)apiBase)[1])());
        return found is not null ? new OrtApi(found, System.Version.TryParse(text, out var host) ? host.Minor : 0) : throw new KernelException("the kernels need ONNX Runtime 1.18 or later");
    }

    nint this[Api entry] => table[(int)entry];

    public void Check(nint status)
    {
        if (status == 0) return;
        var message = Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint, nint>)this[Api.GetErrorMessage])(status)) ?? "";
        Release(status);
        throw new KernelException(message);
    }

    /// <summary>True when <paramref name="status"/> says success; releases it otherwise.</summary>
    public bool Succeeds(nint status)
    {
        if (status != 0) Release(status);
        return status == 0;
    }

    void Release(nint status) => ((delegate* unmanaged[Cdecl]<nint, void>)this[Api.ReleaseStatus])(status);

    /// <summary>What crosses the border instead of an exception.</summary>
    public nint StatusOf(Exception failure)
    {
        var (code, message) = failure switch
        {
            KernelException => (InvalidArgument, failure.Message),
            CudaException => (ProviderFail, failure.Message),
            NotSupportedException => (NotImplemented, failure.Message),
            _ => (Fail, $"{failure.GetType().Name}: {failure.Message}"),
        };
        var text = Marshal.StringToCoTaskMemUTF8(message);
        var status = ((delegate* unmanaged[Cdecl]<int, nint, nint>)this[Api.CreateStatus])(code, text);
        Marshal.FreeCoTaskMem(text);
        return status;
    }

    public nint CreateDomain(ReadOnlySpan<byte> name)
    {
        nint domain;
        fixed (byte* text = name) Check(((delegate* unmanaged[Cdecl]<byte*, nint*, nint>)this[Api.CreateCustomOpDomain])(text, &domain));
        return domain;
    }

    public void AddOperator(nint domain, CustomOp* op) => Check(((delegate* unmanaged[Cdecl]<nint, CustomOp*, nint>)this[Api.CustomOpDomain_Add])(domain, op));

    public void AddDomain(nint options, nint domain) => Check(((delegate* unmanaged[Cdecl]<nint, nint, nint>)this[Api.AddCustomOpDomain])(options, domain));

    public int InputCount(nint context)
    {
        nuint count;
        Check(((delegate* unmanaged[Cdecl]<nint, nuint*, nint>)this[Api.KernelContext_GetInputCount])(context, &count));
        return (int)count;
    }

    /// <summary>An input of a call; 0 for one left out.</summary>
    public nint Input(nint context, int index)
    {
        nint value;
        Check(((delegate* unmanaged[Cdecl]<nint, nuint, nint*, nint>)this[Api.KernelContext_GetInput])(context, (nuint)index, &value));
        return value;
    }

    public nint Output(nint context, int index, ReadOnlySpan<long> shape)
    {
        nint value;
        // A null pointer would be refused for a scalar.
        var none = 0L;
        fixed (long* dims = shape)
            Check(((delegate* unmanaged[Cdecl]<nint, nuint, long*, nuint, nint*, nint>)this[Api.KernelContext_GetOutput])(
                context, (nuint)index, shape.IsEmpty ? &none : dims, (nuint)shape.Length, &value));
        return value;
    }

    public nint Data(nint value)
    {
        nint data;
        Check(((delegate* unmanaged[Cdecl]<nint, nint*, nint>)this[Api.GetTensorMutableData])(value, &data));
        return data;
    }

    public long[] Shape(nint value, out int element)
    {
        if (release >= LendsShapes) return LentShape(value, out element);
        nint info;
        Check(((delegate* unmanaged[Cdecl]<nint, nint*, nint>)this[Api.GetTensorTypeAndShape])(value, &info));
        try
        {
            int type;
            Check(((delegate* unmanaged[Cdecl]<nint, int*, nint>)this[Api.GetTensorElementType])(info, &type));
            element = type;
            return Dimensions(info);
        }
        finally
        {
            ((delegate* unmanaged[Cdecl]<nint, void>)this[Api.ReleaseTensorTypeAndShapeInfo])(info);
        }
    }

    long[] LentShape(nint value, out int element)
    {
        int type;
        long* dims;
        nuint rank;
        Check(((delegate* unmanaged[Cdecl]<nint, int*, long**, nuint*, nint>)this[Api.GetTensorElementTypeAndShapeDataReference])(value, &type, &dims, &rank));
        element = type;
        return new ReadOnlySpan<long>(dims, (int)rank).ToArray();
    }

    long[] Dimensions(nint info)
    {
        nuint rank;
        Check(((delegate* unmanaged[Cdecl]<nint, nuint*, nint>)this[Api.GetDimensionsCount])(info, &rank));
        var shape = new long[(int)rank];
        fixed (long* dims = shape) Check(((delegate* unmanaged[Cdecl]<nint, long*, nuint, nint>)this[Api.GetDimensions])(info, dims, rank));
        return shape;
    }

    public void ParallelFor(nint context, delegate* unmanaged[Cdecl]<nint, nuint, void> body, int count, nint state) =>
        Check(((delegate* unmanaged[Cdecl]<nint, delegate* unmanaged[Cdecl]<nint, nuint, void>, nuint, nuint, nint, nint>)this[Api.KernelContext_ParallelFor])(
            context, body, (nuint)count, 0, state));

    public nint Stream(nint context)
    {
        nint stream;
        Check(((delegate* unmanaged[Cdecl]<nint, nint*, nint>)this[Api.KernelContext_GetGPUComputeStream])(context, &stream));
        return stream;
    }

    /// <summary>Tells shape inference that output 0 has the type and shape of input 0, as far as they are known.</summary>
    public void CopyShape(nint context)
    {
        nint info;
        // Inference knows less than a run does; what it does not know is no error.
        if (Succeeds(((delegate* unmanaged[Cdecl]<nint, nuint, nint*, nint>)this[Api.ShapeInferContext_GetInputTypeShape])(context, 0, &info)))
            Check(((delegate* unmanaged[Cdecl]<nint, nuint, nint, nint>)this[Api.ShapeInferContext_SetOutputTypeShape])(context, 0, info));
    }

    /// <summary>Tells shape inference that output 0 is like input 0, but its last extent is that of an axis of another input, as far as they are known.</summary>
    public void ShapeProduct(nint context, int input, int axis)
    {
        nint x, weights;
        var read = (delegate* unmanaged[Cdecl]<nint, nuint, nint*, nint>)this[Api.ShapeInferContext_GetInputTypeShape];
        if (!Succeeds(read(context, 0, &x)) || !Succeeds(read(context, (nuint)input, &weights))) return;
        var (shape, columns) = (Dimensions(x), Dimensions(weights));
        // An extent that has only a name keeps it, so the last one must be a number.
        if (shape.Length == 0 || shape[^1] < 0 || columns.Length <= axis || columns[axis] < 0) return;
        shape[^1] = columns[axis];
        fixed (long* dims = shape) Check(((delegate* unmanaged[Cdecl]<nint, long*, nuint, nint>)this[Api.SetDimensions])(x, dims, (nuint)shape.Length));
        Check(((delegate* unmanaged[Cdecl]<nint, nuint, nint, nint>)this[Api.ShapeInferContext_SetOutputTypeShape])(context, 0, x));
    }

    public string NodeName(nint info)
    {
        nuint size = 0;
        var read = (delegate* unmanaged[Cdecl]<nint, byte*, nuint*, nint>)this[Api.KernelInfo_GetNodeName];
        if (!Succeeds(read(info, null, &size)) || size == 0) return "";
        var text = new byte[(int)size];
        fixed (byte* bytes = text) Check(read(info, bytes, &size));
        return System.Text.Encoding.UTF8.GetString(text.AsSpan().TrimEnd((byte)0));
    }

    /// <summary>An input of a node that is the same in all calls; 0 when it is not.</summary>
    public nint ConstantInput(nint info, int index)
    {
        int isConstant;
        nint value;
        return Succeeds(((delegate* unmanaged[Cdecl]<nint, nuint, int*, nint*, nint>)this[Api.KernelInfoGetConstantInput_tensor])(info, (nuint)index, &isConstant, &value)) && isConstant != 0 ? value : 0;
    }

    public bool TryFloat(nint info, ReadOnlySpan<byte> name, out float value)
    {
        float read;
        bool found;
        fixed (byte* text = name) found = Succeeds(((delegate* unmanaged[Cdecl]<nint, byte*, float*, nint>)this[Api.KernelInfoGetAttribute_float])(info, text, &read));
        value = found ? read : 0;
        return found;
    }

    public bool TryInt(nint info, ReadOnlySpan<byte> name, out long value)
    {
        long read;
        bool found;
        fixed (byte* text = name) found = Succeeds(((delegate* unmanaged[Cdecl]<nint, byte*, long*, nint>)this[Api.KernelInfoGetAttribute_int64])(info, text, &read));
        value = found ? read : 0;
        return found;
    }

    public bool TryString(nint info, ReadOnlySpan<byte> name, out string value)
    {
        var found = TryArray<byte>(Api.KernelInfoGetAttribute_string, info, name, out var bytes);
        value = System.Text.Encoding.UTF8.GetString(bytes.AsSpan().TrimEnd((byte)0));
        return found;
    }

    public bool TryFloats(nint info, ReadOnlySpan<byte> name, out float[] values) => TryArray(Api.KernelInfoGetAttributeArray_float, info, name, out values);

    public bool TryInts(nint info, ReadOnlySpan<byte> name, out long[] values) => TryArray(Api.KernelInfoGetAttributeArray_int64, info, name, out values);

    // All readers of lists tell the size first when they get no place to write to.
    bool TryArray<T>(Api entry, nint info, ReadOnlySpan<byte> name, out T[] values) where T : unmanaged
    {
        values = [];
        nuint size = 0;
        var read = (delegate* unmanaged[Cdecl]<nint, byte*, T*, nuint*, nint>)this[entry];
        fixed (byte* text = name)
        {
            if (!Succeeds(read(info, text, null, &size))) return false;
            if (size == 0) return true;
            values = new T[(int)size];
            fixed (T* items = values) return Succeeds(read(info, text, items, &size));
        }
    }
}
