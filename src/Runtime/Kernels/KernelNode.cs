using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Onnxc.Kernels.Native;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>The kernel of a node in a session: gets the tensors and spreads the work over the threads of ONNX Runtime.</summary>
sealed unsafe class KernelNode(OrtApi api, Kernel kernel, string subject, Storage storage) : OperatorNode(api)
{
    // Large enough to hide what a task costs, small enough to stay in a core's cache.
    const int TaskElements = 1 << 15;

    // Beyond this a result would only push other things out of the caches.
    const long StreamingBytes = 8 << 20;

    public override void Run(nint context)
    {
        var x = Api.Input(context, 0);
        var shape = Api.Shape(x, out _);
        using var call = new KernelCall(Api, context, subject, storage);
        var bound = kernel.Bind(call);
        if (bound is WholeKernel whole)
        {
            whole.Run(call);
            return;
        }
        var y = Api.Output(context, 0, shape);
        var count = KernelCall.Elements(shape);
        if (count == 0) return;
        var job = new Job(bound, storage, Api.Data(x), Api.Data(y), count);
        if (job.Tasks == 1) job.Compute(0);
        else RunInParallel(context, job);
        if (job.Failure is { } failure) throw failure;
    }

    void RunInParallel(nint context, Job job)
    {
        var handle = GCHandle.Alloc(job);
        try
        {
            Api.ParallelFor(context, &RunTask, job.Tasks, GCHandle.ToIntPtr(handle));
        }
        finally
        {
            handle.Free();
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void RunTask(nint job, nuint index) => ((Job)GCHandle.FromIntPtr(job).Target!).Compute((int)index);

    sealed class Job
    {
        readonly Kernel kernel;
        readonly Storage storage;
        readonly nint x, y;
        readonly long count, step;

        public Job(Kernel kernel, Storage storage, nint x, nint y, long count)
        {
            (this.kernel, this.storage, this.x, this.y, this.count) = (kernel, storage, x, y, count);
            // Tasks hold whole pieces, and as many for a huge tensor that an int can count them.
            step = Math.Max(1, Math.Max(TaskElements, count / (1 << 20)) / kernel.Grain) * kernel.Grain;
            Tasks = (int)((count + step - 1) / step);
        }

        public int Tasks { get; }

        public Exception? Failure { get; private set; }

        /// <summary>Computes one task; what goes wrong is kept, since the caller is not .NET.</summary>
        public void Compute(int task)
        {
            try
            {
                var offset = task * step;
                var length = (int)Math.Min(step, count - offset);
                if (storage == Storage.Float32)
                {
                    var stream = x != y && count * sizeof(float) >= StreamingBytes;
                    kernel.Compute(offset, new((float*)x + offset, length), new((float*)y + offset, length), stream);
                }
                else
                {
                    ComputeConverted(offset, length);
                }
            }
            catch (Exception e)
            {
                Failure = e;
            }
        }

        void ComputeConverted(long offset, int length)
        {
            var grain = (int)kernel.Grain;
            // A block that stays in the first-level cache, or one piece.
            var block = Math.Max(1, 2048 / grain) * grain;
            var buffer = NativeMemory.Alloc((nuint)Math.Min(block, length), sizeof(float));
            for (var done = 0; done < length; done += block)
            {
                var values = new Span<float>(buffer, Math.Min(block, length - done));
                Storages.Load(storage, (ushort*)x + offset + done, values);
                kernel.Compute(offset + done, values, values, stream: false);
                Storages.Store(storage, values, (ushort*)y + offset + done);
            }
            NativeMemory.Free(buffer);
        }
    }
}
