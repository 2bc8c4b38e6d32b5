using System.Runtime.InteropServices;
using System.Text;

namespace Onnxc.Kernels.Native;

/// <summary>The functions of NVIDIA's driver that kernels need. Results other than success become <see cref="CudaException"/>s with the driver's words.</summary>
sealed unsafe class CudaDriver
{
    const int DeviceOfPointer = 9;

    // CUjit_option.
    const int InfoLog = 3, InfoLogSize = 4, ErrorLog = 5, ErrorLogSize = 6;

    readonly delegate* unmanaged[Cdecl]<int, byte**, int> errorName, errorString;
    readonly delegate* unmanaged[Cdecl]<nint*, int> getCurrent, pop;
    readonly delegate* unmanaged[Cdecl]<nint, int> push;
    readonly delegate* unmanaged[Cdecl]<int> synchronize;
    readonly delegate* unmanaged[Cdecl]<nint, nint*, int> streamContext;
    readonly delegate* unmanaged[Cdecl]<void*, int, nint, int> pointerAttribute;
    readonly delegate* unmanaged[Cdecl]<int*, int, int> getDevice;
    readonly delegate* unmanaged[Cdecl]<nint*, int, int> retainPrimary;
    readonly delegate* unmanaged[Cdecl]<nint*, byte*, uint, int*, void**, int> loadModule;
    readonly delegate* unmanaged[Cdecl]<nint*, nint, byte*, int> getFunction;
    readonly delegate* unmanaged[Cdecl]<nint*, nuint, int> allocate;
    readonly delegate* unmanaged[Cdecl]<nint, void*, nuint, int> copyToDevice;
    readonly delegate* unmanaged[Cdecl]<nint, int> free;
    readonly delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> launch;

    CudaDriver(nint library)
    {
        errorName = (delegate* unmanaged[Cdecl]<int, byte**, int>)Find("cuGetErrorName");
        errorString = (delegate* unmanaged[Cdecl]<int, byte**, int>)Find("cuGetErrorString");
        getCurrent = (delegate* unmanaged[Cdecl]<nint*, int>)Find("cuCtxGetCurrent");
        push = (delegate* unmanaged[Cdecl]<nint, int>)Find("cuCtxPushCurrent_v2");
        pop = (delegate* unmanaged[Cdecl]<nint*, int>)Find("cuCtxPopCurrent_v2");
        synchronize = (delegate* unmanaged[Cdecl]<int>)Find("cuCtxSynchronize");
        streamContext = (delegate* unmanaged[Cdecl]<nint, nint*, int>)Find("cuStreamGetCtx");
        pointerAttribute = (delegate* unmanaged[Cdecl]<void*, int, nint, int>)Find("cuPointerGetAttribute");
        getDevice = (delegate* unmanaged[Cdecl]<int*, int, int>)Find("cuDeviceGet");
        retainPrimary = (delegate* unmanaged[Cdecl]<nint*, int, int>)Find("cuDevicePrimaryCtxRetain");
        loadModule = (delegate* unmanaged[Cdecl]<nint*, byte*, uint, int*, void**, int>)Find("cuModuleLoadDataEx");
        getFunction = (delegate* unmanaged[Cdecl]<nint*, nint, byte*, int>)Find("cuModuleGetFunction");
        allocate = (delegate* unmanaged[Cdecl]<nint*, nuint, int>)Find("cuMemAlloc_v2");
        copyToDevice = (delegate* unmanaged[Cdecl]<nint, void*, nuint, int>)Find("cuMemcpyHtoD_v2");
        free = (delegate* unmanaged[Cdecl]<nint, int>)Find("cuMemFree_v2");
        launch = (delegate* unmanaged[Cdecl]<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)Find("cuLaunchKernel");
        Check("cuInit", ((delegate* unmanaged[Cdecl]<uint, int>)Find("cuInit"))(0));

        nint Find(string name) =>
            NativeLibrary.TryGetExport(library, name, out var address) ? address : throw new CudaException($"the CUDA driver has no function {name}; a newer driver is needed");
    }

    public static CudaDriver Load()
    {
        var name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        return NativeLibrary.TryLoad(name, out var library) ? new(library) : throw new CudaException($"the CUDA driver ({name}) cannot be loaded");
    }

    public nint CurrentContext()
    {
        nint context;
        Check("cuCtxGetCurrent", getCurrent(&context));
        return context;
    }

    public nint ContextOf(nint stream, nint address)
    {
        nint context;
        // The default stream is that of the current context, and fails without one.
        if (streamContext(stream, &context) == 0 && context != 0) return context;
        int ordinal, device;
        Check("cuPointerGetAttribute", pointerAttribute(&ordinal, DeviceOfPointer, address));
        Check("cuDeviceGet", getDevice(&device, ordinal));
        Check("cuDevicePrimaryCtxRetain", retainPrimary(&context, device));
        return context;
    }

    public void Push(nint context) => Check("cuCtxPushCurrent", push(context));

    public void Pop()
    {
        nint context;
        Check("cuCtxPopCurrent", pop(&context));
    }

    /// <summary>Compiles PTX, which ends in a zero, for the current context's device.</summary>
    public nint LoadModule(ReadOnlySpan<byte> ptx)
    {
        const int LogBytes = 8192;
        var logs = stackalloc byte[2 * LogBytes];
        logs[0] = logs[LogBytes] = 0;
        var options = stackalloc int[] { InfoLog, InfoLogSize, ErrorLog, ErrorLogSize };
        var values = stackalloc void*[] { logs, (void*)LogBytes, logs + LogBytes, (void*)LogBytes };
        nint module;
        fixed (byte* text = ptx)
        {
            var result = loadModule(&module, text, 4, options, values);
            if (result == 0) return module;
            var said = (Text(logs + LogBytes) + '\n' + Text(logs)).Trim();
            throw new CudaException($"cuModuleLoadDataEx: {Describe(result)}{(said.Length > 0 ? $": {said}" : "")}");
        }
    }

    public nint Function(nint module, string name)
    {
        nint function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0')) Check($"cuModuleGetFunction({name})", getFunction(&function, module, text));
        return function;
    }

    public nint Upload(ReadOnlySpan<float> values)
    {
        nint address;
        var bytes = (nuint)values.Length * sizeof(float);
        Check("cuMemAlloc", allocate(&address, bytes));
        // Streams of ONNX Runtime do not wait for the default one, in which this happens.
        fixed (float* source = values) Check("cuMemcpyHtoD", copyToDevice(address, source, bytes));
        Check("cuCtxSynchronize", synchronize());
        return address;
    }

    public void Free(nint address) => Check("cuMemFree", free(address));

    public void Launch(nint function, uint blocks, uint threads, void* arguments, nint stream) =>
        Check("cuLaunchKernel", launch(function, blocks, 1, 1, threads, 1, 1, 0, stream, &arguments, null));

    void Check(string call, int result)
    {
        if (result != 0) throw new CudaException($"{call}: {Describe(result)}");
    }

    string Describe(int result)
    {
        byte* name = null, text = null;
        _ = errorName(result, &name);
        _ = errorString(result, &text);
        return name is null ? FormattableString.Invariant($"CUDA error {result}") : $"{Text(name)}, {Text(text)}";
    }

    static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
