using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Onnxc.Kernels;

/// <summary>
/// Finds the build of the native library that suits the processor. What is compiled ahead of time has one instruction set, and one compiled for
/// AVX ends a process that lacks it, so the library itself runs everywhere and hands over to <c>libonnxc_kernels.avx512.so</c> or
/// <c>.avx2.so</c> beside it. Without these, and on other systems than Linux, it does the work itself.
/// </summary>
static unsafe partial class FasterBuild
{
    // What .NET takes for granted in code for x86-64-v4 and x86-64-v3, by the names of /proc/cpuinfo, which leaves out what the system disabled.
    static readonly string[] Avx2Flags = ["avx", "avx2", "bmi1", "bmi2", "fma", "f16c", "abm", "movbe"];
    static readonly string[] Avx512Flags = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"];

    /// <summary>The function <c>RegisterCustomOps</c> of a faster build, or 0. <paramref name="own"/> is an address in this library.</summary>
    public static nint Find(nint own)
    {
        // This is that build already, or there is none.
        if (!OperatingSystem.IsLinux() || !X86Base.IsSupported || Avx2.IsSupported) return 0;
        var flags = Flags();
        if (!HasAll(flags, Avx2Flags) || FolderAndName(own) is not { } stem) return 0;
        return HasAll(flags, Avx512Flags) && Load(stem + ".avx512.so") is var best and not 0 ? best : Load(stem + ".avx2.so");
    }

    static nint Load(string path) =>
        NativeLibrary.TryLoad(path, out var library) && NativeLibrary.TryGetExport(library, "RegisterCustomOps", out var export) ? export : 0;

    static bool HasAll(string flags, string[] wanted)
    {
        foreach (var flag in wanted)
            if (!flags.Contains($" {flag} ", StringComparison.Ordinal)) return false;
        return true;
    }

    /// <summary>Flags of the first processor, each between blanks.</summary>
    static string Flags()
    {
        var file = Open("/proc/cpuinfo\0"u8, 0);
        if (file < 0) return "";
        // The flags of one processor end within the first 8 KiB.
        var text = stackalloc byte[8192];
        var length = 0;
        while (length < 8192 && Read(file, text + length, (nuint)(8192 - length)) is var read and > 0) length += (int)read;
        _ = Close(file);
        var all = System.Text.Encoding.ASCII.GetString(text, length);
        var start = all.IndexOf("\nflags", StringComparison.Ordinal);
        if (start < 0) return "";
        var end = all.IndexOf('\n', start + 1);
        return all[start..(end < 0 ? all.Length : end)].Replace(':', ' ') + " ";
    }

    /// <summary>Path of this library without its extension.</summary>
    static string? FolderAndName(nint own)
    {
        var info = stackalloc nint[4];
        if (AddressInfo(own, info) == 0 || Marshal.PtrToStringUTF8(info[0]) is not { } path) return null;
        return path.EndsWith(".so", StringComparison.Ordinal) ? path[..^3] : null;
    }

    static int Open(ReadOnlySpan<byte> path, int flags)
    {
        fixed (byte* text = path) return Open(text, flags);
    }

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int file, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "dladdr")]
    private static partial int AddressInfo(nint address, nint* info);
}
