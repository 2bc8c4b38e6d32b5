using System.Buffers;

namespace Onnxc.Kernels.Numerics;

/// <summary>Memory that outlives a call in a pool: fresh pages for every run of a node would cost more than what is computed in them.</summary>
sealed unsafe class RentedBuffer<T> : IDisposable where T : unmanaged
{
    readonly T[] array;
    MemoryHandle pin;

    public RentedBuffer(long length)
    {
        array = ArrayPool<T>.Shared.Rent(checked((int)Math.Max(1, length)));
        pin = array.AsMemory().Pin();
        Start = (T*)pin.Pointer;
    }

    /// <summary>The first element; what it holds is left over from others.</summary>
    public T* Start { get; }

    public void Dispose()
    {
        pin.Dispose();
        ArrayPool<T>.Shared.Return(array);
    }
}
