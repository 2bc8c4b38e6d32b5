using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// A weight in memory that never moves. A session that was given it reads it in place (at <see cref="OptimizationLevel.Basic"/> or below and
/// with <c>session.disable_prepacking</c>), so that the next run sees what was written here. Must outlive the session.
/// </summary>
public sealed unsafe class WeightBuffer : IDisposable
{
    void* memory;

    /// <summary>Copies <paramref name="data"/>, a dense tensor of less than 2 GiB.</summary>
    public WeightBuffer(TensorData data)
    {
        (Element, Dims) = (data.Element, data.Dims);
        ByteLength = data.Bytes.Length;
        // Alignment of a cache line: vector kernels read weights directly.
        memory = NativeMemory.AlignedAlloc((nuint)Math.Max(1, ByteLength), 64);
        data.Bytes.CopyTo(Bytes);
    }

    ~WeightBuffer() => Free();

    public ElementType Element { get; }
    public ImmutableArray<long> Dims { get; }
    public int ByteLength { get; }

    /// <summary>The elements, packed and little endian, to read and to write.</summary>
    public Span<byte> Bytes => memory is not null ? new(memory, ByteLength) : throw new ObjectDisposedException(nameof(WeightBuffer));

    internal nint Address => (nint)memory;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        NativeMemory.AlignedFree(memory);
        memory = null;
    }
}
