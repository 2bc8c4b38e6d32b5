using Onnxc.Kernels.Native;

namespace Onnxc.Kernels;

/// <summary>GPUs, through the driver, which is loaded when the first node asks for it.</summary>
sealed unsafe class CudaDevice : ICudaDevice
{
    static readonly Lock Gate = new();
    static CudaDriver? driver;

    // Modules stay loaded: sessions come and go in contexts that live as long as the process.
    static readonly Dictionary<(nint Context, string Op), nint> Modules = [];

    static CudaDriver Driver
    {
        get
        {
            lock (Gate) return driver ??= CudaDriver.Load();
        }
    }

    public nint Current => Driver.CurrentContext();

    public nint ContextOf(nint stream, nint address) => Driver.ContextOf(stream, address);

    public void Enter(nint context) => Driver.Push(context);

    public void Leave() => Driver.Pop();

    public nint Kernel(nint context, string op, string entry)
    {
        var current = Driver;
        lock (Gate)
        {
            if (!Modules.TryGetValue((context, op), out var module)) Modules.Add((context, op), module = current.LoadModule(Ptx.Of(op)));
            return current.Function(module, entry);
        }
    }

    public nint Upload(ReadOnlySpan<float> values) => Driver.Upload(values);

    public void Free(nint address) => Driver.Free(address);

    public void Launch(nint kernel, uint blocks, uint threads, void* arguments, nint stream) => Driver.Launch(kernel, blocks, threads, arguments, stream);
}
