using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Onnxc.Kernels.Native;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Inputs of one run of a node, as far as a kernel asks for them.</summary>
sealed unsafe class KernelCall(OrtApi api, nint context, string subject, Storage storage) : IDisposable
{
    readonly List<nint> buffers = [];

    public string Subject => subject;

    /// <summary>Where the elements of an input are; on a device if the node runs there.</summary>
    public nint Address(int input) => api.Data(api.Input(context, input));

    public long[] Shape(int input) => api.Shape(api.Input(context, input), out _);

    public Storage Storage => storage;

    /// <summary>The elements of an input of bytes.</summary>
    public byte* Bytes(int input) => (byte*)api.Data(api.Input(context, input));

    /// <summary>The elements of an output, which gets this shape.</summary>
    public nint Output(ReadOnlySpan<long> shape, int output = 0) => api.Data(api.Output(context, output, shape));

    /// <summary>Does tasks on as many threads as ONNX Runtime has; throws what one of them threw.</summary>
    public void Parallel(int tasks, Action<int> action)
    {
        var work = new Work(action);
        var handle = GCHandle.Alloc(work);
        try
        {
            api.ParallelFor(context, &RunTask, tasks, GCHandle.ToIntPtr(handle));
        }
        finally
        {
            handle.Free();
        }
        if (work.Failure is { } failure) throw failure;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void RunTask(nint work, nuint index) => ((Work)GCHandle.FromIntPtr(work).Target!).Run((int)index);

    /// <summary>The elements of an input in float32; they live as long as this.</summary>
    public float* Floats(int input)
    {
        var value = api.Input(context, input);
        var data = api.Data(value);
        if (storage == Storage.Float32) return (float*)data;
        var count = Elements(api.Shape(value, out _));
        var copy = (float*)NativeMemory.Alloc((nuint)count, sizeof(float));
        buffers.Add((nint)copy);
        for (long done = 0; done < count; done += 1 << 20)
        {
            var length = (int)Math.Min(1 << 20, count - done);
            Storages.Load(storage, (ushort*)data + done, new Span<float>(copy + done, length));
        }
        return copy;
    }

    /// <summary>The extent of the last axis of input 0, which has to have one.</summary>
    public long RowLength()
    {
        var shape = Shape(0);
        return shape.Length > 0 ? shape[^1] : throw Wrong("`x`", shape, "needs an axis at least");
    }

    /// <summary>Per axis of x, how far one step moves in the bound: 0 along an axis that the bound lacks.</summary>
    public long[] Strides(string name, int input, long[] x)
    {
        var shape = Shape(input);
        var strides = new long[x.Length];
        if (shape.Length > x.Length) throw Mismatch();
        var stride = 1L;
        for (var i = 1; i <= shape.Length; i++)
        {
            var extent = shape[^i];
            if (extent != 1 && extent != x[^i]) throw Mismatch();
            strides[^i] = extent == 1 ? 0 : stride;
            stride *= extent;
        }
        return strides;

        KernelException Mismatch() => Wrong($"`{name}`", shape, $"must spread over `x` of the shape {Text(x)}");
    }

    /// <summary>Throws where an input is no vector of so many elements.</summary>
    public void Expect(string name, int input, long extent)
    {
        if (Shape(input) is not [var actual] || actual != extent) throw Wrong($"`{name}`", Shape(input), $"must be [{extent}]");
    }

    public KernelException Wrong(string what, ReadOnlySpan<long> shape, string rule) => new($"{subject}: {what} has the shape {Text(shape)}, but {rule}");

    public static string Text(ReadOnlySpan<long> shape) => Attributes.Text(shape.ToArray());

    public static long Elements(ReadOnlySpan<long> shape)
    {
        var count = 1L;
        foreach (var extent in shape) count = checked(count * extent);
        return count;
    }

    public void Dispose()
    {
        foreach (var buffer in buffers) NativeMemory.Free((void*)buffer);
        buffers.Clear();
    }

    sealed class Work(Action<int> action)
    {
        public Exception? Failure { get; private set; }

        // What goes wrong is kept, since the caller is not .NET.
        public void Run(int task)
        {
            try
            {
                action(task);
            }
            catch (Exception e)
            {
                Failure = e;
            }
        }
    }
}
