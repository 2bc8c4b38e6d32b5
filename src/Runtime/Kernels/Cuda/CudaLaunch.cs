using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>One run of a kernel on a device.</summary>
sealed unsafe class CudaLaunch(ICudaDevice device, nint kernel, nint stream, Storage storage)
{
    const int ElementThreads = 256, MostRowThreads = 512, WarpThreads = 32;

    // Threads take several turns where this does not reach.
    const long MostBlocks = 1 << 20;

    // What a thread reads at once, and how many of these a row may have per thread so that it stays in registers.
    const int PackBytes = 16, HeldPacks = 4;

    public required KernelCall Call { get; init; }

    public required nint X { get; init; }

    public required nint Y { get; init; }

    public required long Count { get; init; }

    /// <summary>The kernel's <see cref="CudaKernel.Table"/> on the device; 0 for an empty one.</summary>
    public required nint Table { get; init; }

    int Lanes => PackBytes / (storage == Storage.Float32 ? sizeof(float) : sizeof(ushort));

    /// <summary>For kernels of single elements: a thread for every pack.</summary>
    public void OverElements<T>(T arguments) where T : unmanaged
    {
        if (Count > 0) device.Launch(kernel, BlocksFor((Count - 1) / (ElementThreads * Lanes) + 1), ElementThreads, &arguments, stream);
    }

    /// <summary>For kernels of rows: a block for every row.</summary>
    public void OverRows<T>(long length, Func<long, T> argumentsFor) where T : unmanaged
    {
        if (Count == 0) return;
        var rows = Count / length;
        var warps = Math.Min(MostRowThreads / WarpThreads, (length - 1) / (Lanes * HeldPacks * WarpThreads) + 1);
        var arguments = argumentsFor(rows);
        device.Launch(kernel, BlocksFor(rows), (uint)warps * WarpThreads, &arguments, stream);
    }

    static uint BlocksFor(long blocks) => (uint)Math.Min(MostBlocks, blocks);
}
