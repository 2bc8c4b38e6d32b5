using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Onnxc.Kernels.Native;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Makes the structures by which ONNX Runtime knows an operator. No exception leaves a function here: failures become statuses.</summary>
static unsafe class CustomOpFactory
{
    const int Required = 0, DefaultMemory = 0;

    /// <summary>
    /// An operator for one element type; it is never released, since sessions may use it until the process ends. Without a
    /// <paramref name="device"/> it runs here, and without a <paramref name="provider"/> ONNX Runtime hands it memory of the CPU.
    /// </summary>
    public static CustomOp* Create(OrtApi api, int index, Storage storage, ICudaDevice? device = null, string? provider = null)
    {
        var op = (CustomOp*)NativeMemory.AllocZeroed((nuint)sizeof(CustomOp));
        *op = new CustomOp
        {
            Version = OrtApi.Version,
            GetName = &Name,
            GetExecutionProviderType = &Provider,
            GetInputType = &InputElement,
            GetInputTypeCount = &InputCount,
            GetOutputType = &ElementOf,
            GetOutputTypeCount = &OutputCount,
            KernelDestroy = &Destroy,
            GetInputCharacteristic = &CharacteristicOf,
            GetOutputCharacteristic = &CharacteristicOf,
            GetInputMemoryType = &MemoryOf,
            GetVariadicInputMinArity = &Arity,
            GetVariadicInputHomogeneity = &Arity,
            GetVariadicOutputMinArity = &Arity,
            GetVariadicOutputHomogeneity = &Arity,
            CreateKernelV2 = &CreateKernel,
            KernelComputeV2 = &Compute,
            InferOutputShapeFn = &InferShape,
            GetStartVersion = &Start,
            GetEndVersion = &End,
            GetMayInplace = Operator.All[index].IsShapedLikeInput ? &MayInplace : null,
            ReleaseMayInplace = &ReleasePlaces,
            Table = api.Table,
            Name = Marshal.StringToCoTaskMemUTF8(Operator.All[index].Name),
            Provider = Marshal.StringToCoTaskMemUTF8(provider),
            Device = device is null ? 0 : GCHandle.ToIntPtr(GCHandle.Alloc(device)),
            Index = index,
            Element = (int)storage,
        };
        return op;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nint Name(CustomOp* op) => op->Name;

    // Null is the CPU.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nint Provider(CustomOp* op) => op->Provider;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int ElementOf(CustomOp* op, nuint index) => op->Element;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int InputElement(CustomOp* op, nuint index) => Operator.All[op->Index].ElementOf((int)index) is var own and not 0 ? own : op->Element;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nuint InputCount(CustomOp* op) => (nuint)Operator.All[op->Index].InputCount;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nuint OutputCount(CustomOp* op) => (nuint)Operator.All[op->Index].OutputCount;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int CharacteristicOf(CustomOp* op, nuint index) => Required;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int MemoryOf(CustomOp* op, nuint index) => DefaultMemory;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int Arity(CustomOp* op) => 1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int Start(CustomOp* op) => 1;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static int End(CustomOp* op) => int.MaxValue;

    // Every kernel reads an element before it writes it, so output 0 may lie where input 0 does.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nuint MayInplace(int** inputs, int** outputs)
    {
        *inputs = (int*)NativeMemory.AllocZeroed(sizeof(int));
        *outputs = (int*)NativeMemory.AllocZeroed(sizeof(int));
        return 1;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void ReleasePlaces(int* inputs, int* outputs)
    {
        NativeMemory.Free(inputs);
        NativeMemory.Free(outputs);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nint CreateKernel(CustomOp* op, nint* table, nint info, nint* kernel)
    {
        var api = new OrtApi(table);
        try
        {
            var definition = Operator.All[op->Index];
            var attributes = new Attributes(api, info, definition.Name);
            var storage = (Storage)op->Element;
            OperatorNode node = op->Device == 0
                ? new KernelNode(api, definition.Create(attributes), attributes.Subject, storage)
                : new CudaNode(api, (ICudaDevice)GCHandle.FromIntPtr(op->Device).Target!, definition.CreateCuda(attributes), definition.Name, attributes.Subject, storage);
            *kernel = GCHandle.ToIntPtr(GCHandle.Alloc(node));
            return 0;
        }
        catch (Exception e)
        {
            return api.StatusOf(e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nint Compute(nint kernel, nint context)
    {
        var node = (OperatorNode)GCHandle.FromIntPtr(kernel).Target!;
        try
        {
            node.Run(context);
            return 0;
        }
        catch (Exception e)
        {
            return node.Api.StatusOf(e);
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Destroy(nint kernel)
    {
        if (kernel == 0) return;
        var handle = GCHandle.FromIntPtr(kernel);
        ((OperatorNode)handle.Target!).Release();
        handle.Free();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static nint InferShape(CustomOp* op, nint context)
    {
        var api = new OrtApi(op->Table);
        try
        {
            var definition = Operator.All[op->Index];
            if (definition.IsShapedLikeInput) api.CopyShape(context);
            else if (definition.OutputCount == 1) api.ShapeProduct(context, definition.Columns.Input, definition.Columns.Axis);
            return 0;
        }
        catch (Exception e)
        {
            return api.StatusOf(e);
        }
    }
}
