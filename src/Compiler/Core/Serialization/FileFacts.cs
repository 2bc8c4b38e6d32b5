using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Onnxc.Serialization;

/// <summary>Facts about a file that .NET does not offer: whether it is regular, and how many names it has.</summary>
static partial class FileFacts
{
    const int AtEmptyPath = 0x1000, AtSymlinkNoFollow = 0x100, AtFdCwd = -100;
    const uint WantTypeAndLinks = 0x1 | 0x4;

    /// <summary>True for a regular file (or where the system cannot tell), without opening it: opening a pipe would block.</summary>
    public static bool IsRegularFile(string path, bool followLinks = true)
    {
        if (!File.Exists(path)) return false;
        if (!OperatingSystem.IsLinux()) return true;
        return statx(AtFdCwd, path, followLinks ? 0 : AtSymlinkNoFollow, WantTypeAndLinks, out var facts) == 0 && (facts.Mode & 0xF000) == 0x8000;
    }

    /// <summary>Number of names (hard links) of an open file; 1 where the system cannot tell.</summary>
    public static long LinkCount(SafeFileHandle handle)
    {
        if (OperatingSystem.IsLinux())
            return statx((int)handle.DangerousGetHandle(), "", AtEmptyPath, WantTypeAndLinks, out var facts) == 0 ? facts.Links : 1;
        if (OperatingSystem.IsWindows())
            return GetFileInformationByHandle(handle, out var information) ? information.Links : 1;
        return 1;
    }

    // The kernel's layout is the same on every architecture, unlike that of `stat`.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    struct StatX
    {
        [FieldOffset(16)] public uint Links;
        [FieldOffset(28)] public ushort Mode;
    }

    [StructLayout(LayoutKind.Explicit, Size = 52)]
    struct FileInformation
    {
        [FieldOffset(40)] public uint Links;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int folder, string path, int flags, uint mask, out StatX result);

    [LibraryImport("kernel32")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetFileInformationByHandle(SafeFileHandle handle, out FileInformation information);
}
