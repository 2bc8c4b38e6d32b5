using System.Diagnostics;
using System.Runtime.InteropServices;
using Onnxc.Kernels;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Kernels;

/// <summary>
/// Runs <c>Cuda/*.cu</c> on the CPU, compiled as C++, with memory of the CPU. ONNX Runtime reaches it through the same custom operators and
/// the same packing of arguments as a GPU; only the driver is another.
/// </summary>
sealed unsafe class CudaEmulator : ICudaDevice
{
    const nint OneContext = 1;

    static readonly Lazy<CudaEmulator?> Shared = new(Build);

    readonly nint library;

    CudaEmulator(nint library) => this.library = library;

    /// <summary>How far from a multiple of 16 bytes the first input and the output are to lie, and how large they are; null leaves them where they are.</summary>
    public (int Bytes, int Shift)? Move { get; set; }

    public static string Folder { get; } = Path.Combine(SharedData.Repository, "src", "Runtime", "Kernels", "Cuda");

    /// <summary>The operators that have a source there.</summary>
    public static IReadOnlyList<string> Operators { get; } = [.. Directory.EnumerateFiles(Folder, "*.cu").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    /// <summary>The one of this process; skips the test where clang is missing.</summary>
    public static CudaEmulator Instance()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the emulator needs the coroutines of Linux");
        Assert.SkipUnless(Shared.Value is not null, "clang++ is not here");
        return Shared.Value!;
    }

    /// <summary>Sessions whose kernels are those of <c>Cuda/*.cu</c>.</summary>
    public static SessionSettings Settings()
    {
        var emulator = Instance();
        return SessionSettings.Default with { RegisterKernels = (options, apiBase) => KernelLibrary.Register(options, apiBase, emulator) };
    }

    static CudaEmulator? Build()
    {
        var target = Path.Combine(AppContext.BaseDirectory, "libcuda_emulator.so");
        var start = new ProcessStartInfo("clang++") { WorkingDirectory = Folder, RedirectStandardError = true };
        foreach (var argument in (string[])["-x", "c++", "-std=c++17", "-O1", "-ffp-contract=off", "-shared", "-fPIC", "-include", Path.Combine(SharedData.Repository, "tests", "unit", "Kernels", "Cuda", "Host.h"), "-o", target])
            start.ArgumentList.Add(argument);
        foreach (var op in Operators) start.ArgumentList.Add(op + ".cu");
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
        using (process)
        {
            var said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? new(NativeLibrary.Load(target)) : throw new InvalidOperationException(said);
        }
    }

    public nint Current => OneContext;

    public nint ContextOf(nint stream, nint address) => OneContext;

    public void Enter(nint context) => Assert.Equal(OneContext, context);

    public void Leave()
    {
    }

    public nint Kernel(nint context, string op, string entry) => NativeLibrary.GetExport(library, entry);

    public nint Upload(ReadOnlySpan<float> values)
    {
        var copy = NativeMemory.AlignedAlloc((nuint)values.Length * sizeof(float), 256);
        values.CopyTo(new Span<float>(copy, values.Length));
        return (nint)copy;
    }

    public void Free(nint address) => NativeMemory.AlignedFree((void*)address);

    public void Launch(nint kernel, uint blocks, uint threads, void* arguments, nint stream)
    {
        if (Move is var (bytes, shift))
        {
            // Every structure of arguments begins with the addresses of x and y.
            var places = (nint*)arguments;
            var (x, y) = (places[0], places[1]);
            byte* moved = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + shift), 16), result = (byte*)NativeMemory.AlignedAlloc((nuint)(bytes + shift), 16);
            Buffer.MemoryCopy((void*)x, moved + shift, bytes, bytes);
            (places[0], places[1]) = ((nint)(moved + shift), (nint)(result + shift));
            Call();
            Buffer.MemoryCopy(result + shift, (void*)y, bytes, bytes);
            NativeMemory.AlignedFree(moved);
            NativeMemory.AlignedFree(result);
        }
        else
        {
            Call();
        }

        void Call() => ((delegate* unmanaged[Cdecl]<uint, uint, void*, void>)kernel)(blocks, threads, arguments);
    }
}
