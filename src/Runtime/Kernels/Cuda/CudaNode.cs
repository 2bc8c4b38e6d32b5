using Onnxc.Kernels.Native;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>The kernel of a node in a session on a GPU. What it needs there is made as soon as the context is known, by the first run at the latest.</summary>
sealed class CudaNode : OperatorNode
{
    readonly ICudaDevice device;
    readonly CudaKernel kernel;
    readonly string op, entry, subject;
    readonly Storage storage;
    readonly Lock gate = new();
    Resident? resident;

    public CudaNode(OrtApi api, ICudaDevice device, CudaKernel kernel, string op, string subject, Storage storage) : base(api)
    {
        (this.device, this.kernel, this.op, this.subject, this.storage) = (device, kernel, op, subject, storage);
        entry = $"{op}_{Name(storage)}";
        // Sessions are made with the context current that they run in, mostly; then what is wrong comes out now.
        Naming(() =>
        {
            if (device.Current is var context and not 0) ResidentIn(context);
        });
    }

    public static string Name(Storage storage) => storage switch
    {
        Storage.Float32 => "float",
        Storage.Float16 => "float16",
        _ => "bfloat16",
    };

    public override void Run(nint context)
    {
        var x = Api.Input(context, 0);
        var shape = Api.Shape(x, out _);
        using var call = new KernelCall(Api, context, subject, storage);
        var y = Api.Data(Api.Output(context, 0, shape));
        var count = KernelCall.Elements(shape);
        var stream = Api.Stream(context);
        Naming(() => Launch(call, stream, Api.Data(x), y, count));
    }

    public override void Release()
    {
        if (resident is not { Table: not 0 } last) return;
        try
        {
            In(last.Context, () => device.Free(last.Table));
        }
        catch (CudaException)
        {
            // The context went before the node, and its memory with it.
        }
    }

    void Launch(KernelCall call, nint stream, nint x, nint y, long count)
    {
        var context = device.ContextOf(stream, x);
        In(context, () =>
        {
            var ready = ResidentIn(context);
            kernel.Launch(new CudaLaunch(device, ready.Kernel, stream, storage) { Call = call, X = x, Y = y, Count = count, Table = ready.Table });
        });
    }

    // The context is current.
    Resident ResidentIn(nint context)
    {
        lock (gate)
        {
            if (resident?.Context == context) return resident;
            var function = device.Kernel(context, op, entry);
            var table = kernel.Table.Length > 0 ? device.Upload(kernel.Table) : 0;
            Release();
            return resident = new(context, function, table);
        }
    }

    void In(nint context, Action work)
    {
        device.Enter(context);
        try
        {
            work();
        }
        finally
        {
            device.Leave();
        }
    }

    void Naming(Action work)
    {
        try
        {
            work();
        }
        catch (CudaException e)
        {
            throw new CudaException($"{subject}: {e.Message}");
        }
    }

    sealed record Resident(nint Context, nint Kernel, nint Table);
}
