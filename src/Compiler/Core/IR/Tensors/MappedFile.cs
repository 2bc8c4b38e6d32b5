using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Onnxc.IR;

/// <summary>
/// A file mapped for reading. The mapping lives as long as something refers to it, so that tensors can be shared freely;
/// on Unix it also survives that the file is replaced, which is what makes writing over the input safe.
/// </summary>
sealed unsafe class MappedFile
{
    // Held so that the finalizers of both run only after the last tensor is gone.
    readonly MemoryMappedFile? map;
    readonly MemoryMappedViewAccessor? view;
    readonly byte* start;

    MappedFile(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        Length = length;
        Handle = handle;
        if (length == 0) return;
        map = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += view.PointerOffset;
    }

    public string Path { get; }
    public long Length { get; }

    /// <summary>The open file: sequential copies read through it, which is faster than faulting pages in.</summary>
    public SafeFileHandle Handle { get; }

    public static MappedFile Open(string path)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        return new MappedFile(System.IO.Path.GetFullPath(path), handle, RandomAccess.GetLength(handle));
    }

    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > Length - length) throw new ArgumentOutOfRangeException(nameof(offset));
        return new ReadOnlySpan<byte>(start + offset, length);
    }

    /// <summary>Address of the byte at <paramref name="offset"/>; valid while this object is reachable.</summary>
    public IntPtr Address(long offset) => (IntPtr)(start + offset);
}
