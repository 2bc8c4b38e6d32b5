using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Onnxc.Runtime.Native;

/// <summary>
/// The part of ONNX Runtime's C API that the managed one leaves out. The managed <c>InferenceSession</c> of 1.31.1 throws for every model
/// whose interface has a 2-bit, 4-bit or float8 tensor, and shows an unknown rank as a scalar, so sessions and values go through the
/// function table; options, run options and the environment stay managed.
/// </summary>
static unsafe class OrtTable
{
    // Entries of the table are only ever appended; HasShape came last of those used, with API version 24 or later.
    const uint ApiVersion = 31;

    static readonly nint Base = OrtGetApiBase();
    static readonly nint* Table = LoadTable();

    /// <summary>Address of <c>OrtApiBase</c>, which custom-op libraries take.</summary>
    public static nint ApiBase => Base;

    public static nint Allocator { get; } = DefaultAllocator();

    [DllImport("onnxruntime", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern nint OrtGetApiBase();

    static nint* LoadTable()
    {
        var table = ((delegate* unmanaged<uint, nint>)((nint*)Base)[0])(ApiVersion);
        return table != 0 ? (nint*)table : throw new NotSupportedException("this ONNX Runtime is older than 1.31");
    }

    static nint DefaultAllocator()
    {
        nint allocator;
        Check(((delegate* unmanaged<nint*, nint>)Table[78])(&allocator));
        return allocator;
    }

    public static void Check(nint status)
    {
        if (status == 0) return;
        var code = ((delegate* unmanaged<nint, int>)Table[1])(status);
        var message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Table[2])(status)) ?? "";
        ((delegate* unmanaged<nint, void>)Table[93])(status);
        throw new OrtException(code, message);
    }

    public static nint CreateSession(OrtEnv environment, string path, SessionOptions options)
    {
        nint session;
        // ORTCHAR_T is UTF-16 on Windows and UTF-8 elsewhere.
        var text = OperatingSystem.IsWindows() ? Marshal.StringToHGlobalUni(path) : Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            Check(((delegate* unmanaged<nint, nint, nint, nint*, nint>)Table[7])(
                environment.DangerousGetHandle(), text, options.DangerousGetHandle(), &session));
        }
        finally
        {
            if (OperatingSystem.IsWindows()) Marshal.FreeHGlobal(text);
            else Marshal.FreeCoTaskMem(text);
        }
        GC.KeepAlive(options);
        return session;
    }

    public static nint CreateSession(OrtEnv environment, ReadOnlySpan<byte> model, SessionOptions options)
    {
        nint session;
        fixed (byte* data = model)
            Check(((delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)Table[8])(
                environment.DangerousGetHandle(), data, (nuint)model.Length, options.DangerousGetHandle(), &session));
        GC.KeepAlive(options);
        return session;
    }

    public static void Run(nint session, RunOptions options, nint[] inputNames, nint[] inputs, nint[] outputNames, nint[] outputs)
    {
        fixed (nint* pInputNames = inputNames, pInputs = inputs, pOutputNames = outputNames, pOutputs = outputs)
            Check(((delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)Table[9])(
                session, options.DangerousGetHandle(), pInputNames, pInputs, (nuint)inputs.Length, pOutputNames, (nuint)outputs.Length, pOutputs));
        GC.KeepAlive(options);
    }

    public static int InputCount(nint session) => (int)Size(30, session);

    public static int OutputCount(nint session) => (int)Size(31, session);

    public static string InputName(nint session, int index) => PortName(36, session, index);

    public static string OutputName(nint session, int index) => PortName(37, session, index);

    public static nint InputType(nint session, int index) => Item(33, session, index);

    public static nint OutputType(nint session, int index) => Item(34, session, index);

    public static void ReleaseSession(nint session) => Release(95, session);

    public static void ReleaseValue(nint value) => Release(96, value);

    public static void Release(int entry, nint handle)
    {
        if (handle != 0) ((delegate* unmanaged<nint, void>)Table[entry])(handle);
    }

    /// <summary>A function of one handle that yields an <c>int</c> or an enum.</summary>
    public static int Int(int entry, nint handle)
    {
        int result;
        Check(((delegate* unmanaged<nint, int*, nint>)Table[entry])(handle, &result));
        return result;
    }

    public static nuint Size(int entry, nint handle)
    {
        nuint result;
        Check(((delegate* unmanaged<nint, nuint*, nint>)Table[entry])(handle, &result));
        return result;
    }

    /// <summary>A function of one handle that yields another.</summary>
    public static nint Handle(int entry, nint handle)
    {
        nint result;
        Check(((delegate* unmanaged<nint, nint*, nint>)Table[entry])(handle, &result));
        return result;
    }

    public static bool Bool(int entry, nint handle) => ((delegate* unmanaged<nint, byte>)Table[entry])(handle) != 0;

    public static void Fill(int entry, nint handle, nint* items, int count) =>
        Check(((delegate* unmanaged<nint, nint*, nuint, nint>)Table[entry])(handle, items, (nuint)count));

    public static nint CreateTensor(ReadOnlySpan<long> dims, int type)
    {
        nint value;
        fixed (long* shape = dims)
            Check(((delegate* unmanaged<nint, long*, nuint, int, nint*, nint>)Table[48])(Allocator, shape, (nuint)dims.Length, type, &value));
        return value;
    }

    public static nint CreateTensor(nint data, long byteLength, ReadOnlySpan<long> dims, int type)
    {
        nint memory, value;
        // OrtArenaAllocator = 1, OrtMemTypeDefault = 0.
        Check(((delegate* unmanaged<int, int, nint*, nint>)Table[69])(1, 0, &memory));
        fixed (long* shape = dims)
        {
            var status = ((delegate* unmanaged<nint, nint, nuint, long*, nuint, int, nint*, nint>)Table[49])(
                memory, data, (nuint)byteLength, shape, (nuint)dims.Length, type, &value);
            Release(94, memory);
            Check(status);
        }
        return value;
    }

    public static nint CreateValue(ReadOnlySpan<nint> items, int kind)
    {
        nint value;
        fixed (nint* pItems = items)
            Check(((delegate* unmanaged<nint*, nuint, int, nint*, nint>)Table[82])(pItems, (nuint)items.Length, kind, &value));
        return value;
    }

    public static nint Element(nint value, int index)
    {
        nint element;
        Check(((delegate* unmanaged<nint, int, nint, nint*, nint>)Table[80])(value, index, Allocator, &element));
        return element;
    }

    public static void SetString(nint tensor, long index, ReadOnlySpan<byte> text)
    {
        byte* buffer;
        Check(((delegate* unmanaged<nint, nuint, nuint, byte**, nint>)Table[252])(tensor, (nuint)index, (nuint)text.Length, &buffer));
        text.CopyTo(new Span<byte>(buffer, text.Length));
    }

    public static void StringContent(nint tensor, Span<byte> text, Span<nuint> offsets)
    {
        fixed (byte* pText = text)
        fixed (nuint* pOffsets = offsets)
            Check(((delegate* unmanaged<nint, byte*, nuint, nuint*, nuint, nint>)Table[54])(
                tensor, pText, (nuint)text.Length, pOffsets, (nuint)offsets.Length));
    }

    public static void AddInitializer(SessionOptions options, string name, nint value)
    {
        var text = Marshal.StringToCoTaskMemUTF8(name);
        try
        {
            Check(((delegate* unmanaged<nint, nint, nint, nint>)Table[150])(options.DangerousGetHandle(), text, value));
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
        GC.KeepAlive(options);
    }

    static nint Item(int entry, nint handle, int index)
    {
        nint result;
        Check(((delegate* unmanaged<nint, nuint, nint*, nint>)Table[entry])(handle, (nuint)index, &result));
        return result;
    }

    static string PortName(int entry, nint session, int index)
    {
        nint text;
        Check(((delegate* unmanaged<nint, nuint, nint, nint*, nint>)Table[entry])(session, (nuint)index, Allocator, &text));
        var name = Marshal.PtrToStringUTF8(text) ?? "";
        Check(((delegate* unmanaged<nint, nint, nint>)Table[76])(Allocator, text));
        return name;
    }
}
