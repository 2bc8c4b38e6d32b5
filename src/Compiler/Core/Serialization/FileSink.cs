using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Onnxc.IR;

namespace Onnxc.Serialization;

/// <summary>
/// Writes a file front to back. Small pieces are gathered; weights that lie in another file are copied through one buffer, so that they
/// pass the page cache and never become memory of the process.
/// </summary>
sealed partial class FileSink(SafeFileHandle file) : IByteSink, IDisposable
{
    readonly byte[] buffer = GC.AllocateUninitializedArray<byte>(1 << 20);
    int buffered;
    long position;

    /// <summary>Bytes written so far.</summary>
    public long Position => position + buffered;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > buffer.Length - buffered) Flush();
        if (bytes.Length > buffer.Length)
        {
            RandomAccess.Write(file, bytes, position);
            position += bytes.Length;
            return;
        }
        bytes.CopyTo(buffer.AsSpan(buffered));
        buffered += bytes.Length;
    }

    public void Write(TensorData data)
    {
        if (data is MappedTensor mapped && data.ByteLength > buffer.Length)
        {
            Copy(mapped.File.Handle, mapped.Offset, mapped.ByteLength);
            return;
        }
        const int Chunk = 1 << 26;
        for (long offset = 0; offset < data.ByteLength; offset += Chunk) Write(data.Slice(offset, (int)Math.Min(Chunk, data.ByteLength - offset)));
    }

    /// <summary>Fills with zeros up to <paramref name="offset"/>.</summary>
    public void PadTo(long offset)
    {
        while (Position < offset) Write(new byte[(int)Math.Min(offset - Position, 4096)]);
    }

    void Copy(SafeFileHandle source, long offset, long length)
    {
        Flush();
        if (OperatingSystem.IsLinux()) CopyInKernel(source, ref offset, ref length);
        while (length > 0)
        {
            var read = RandomAccess.Read(source, buffer.AsSpan(0, (int)Math.Min(length, buffer.Length)), offset);
            if (read == 0) throw new IOException("a file with weights became shorter while it was copied");
            RandomAccess.Write(file, buffer.AsSpan(0, read), position);
            position += read;
            offset += read;
            length -= read;
        }
    }

    // Half the time of reading and writing, and a reference instead of a copy where the file system can share blocks. What it
    // declines (other file systems, old kernels) is left to the loop.
    void CopyInKernel(SafeFileHandle source, ref long offset, ref long length)
    {
        // Blocks asked for at once: the kernel then need not reserve and count them page by page.
        _ = fallocate(file, 0, position, length);
        while (length > 0)
        {
            var copied = (long)copy_file_range(source, ref offset, file, ref position, (nuint)Math.Min(length, 1L << 30), 0);
            if (copied <= 0) return;
            length -= copied;
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint copy_file_range(SafeFileHandle source, ref long sourceOffset, SafeFileHandle target, ref long targetOffset, nuint length, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);

    void Flush()
    {
        RandomAccess.Write(file, buffer.AsSpan(0, buffered), position);
        position += buffered;
        buffered = 0;
    }

    public void Dispose()
    {
        Flush();
        file.Dispose();
    }
}
