using System.Runtime.InteropServices;

namespace Onnxc.Kernels.Native;

/// <summary>
/// <c>OrtCustomOp</c> of the C API, field by field, as a test compares with the header. Functions of an operator get its address, so what
/// they need besides stands behind the fields that ONNX Runtime knows.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct CustomOp
{
    public uint Version;
    public nint CreateKernel;
    public delegate* unmanaged[Cdecl]<CustomOp*, nint> GetName;
    public delegate* unmanaged[Cdecl]<CustomOp*, nint> GetExecutionProviderType;
    public delegate* unmanaged[Cdecl]<CustomOp*, nuint, int> GetInputType;
    public delegate* unmanaged[Cdecl]<CustomOp*, nuint> GetInputTypeCount;
    public delegate* unmanaged[Cdecl]<CustomOp*, nuint, int> GetOutputType;
    public delegate* unmanaged[Cdecl]<CustomOp*, nuint> GetOutputTypeCount;
    public nint KernelCompute;
    public delegate* unmanaged[Cdecl]<nint, void> KernelDestroy;
    public delegate* unmanaged[Cdecl]<CustomOp*, nuint, int> GetInputCharacteristic;
    public delegate* unmanaged[Cdecl]<CustomOp*, nuint, int> GetOutputCharacteristic;
    public delegate* unmanaged[Cdecl]<CustomOp*, nuint, int> GetInputMemoryType;
    public delegate* unmanaged[Cdecl]<CustomOp*, int> GetVariadicInputMinArity;
    public delegate* unmanaged[Cdecl]<CustomOp*, int> GetVariadicInputHomogeneity;
    public delegate* unmanaged[Cdecl]<CustomOp*, int> GetVariadicOutputMinArity;
    public delegate* unmanaged[Cdecl]<CustomOp*, int> GetVariadicOutputHomogeneity;
    public delegate* unmanaged[Cdecl]<CustomOp*, nint*, nint, nint*, nint> CreateKernelV2;
    public delegate* unmanaged[Cdecl]<nint, nint, nint> KernelComputeV2;
    public delegate* unmanaged[Cdecl]<CustomOp*, nint, nint> InferOutputShapeFn;
    public delegate* unmanaged[Cdecl]<CustomOp*, int> GetStartVersion;
    public delegate* unmanaged[Cdecl]<CustomOp*, int> GetEndVersion;
    public delegate* unmanaged[Cdecl]<int**, int**, nuint> GetMayInplace;
    public delegate* unmanaged[Cdecl]<int*, int*, void> ReleaseMayInplace;
    public delegate* unmanaged[Cdecl]<int**, int**, nuint> GetAliasMap;
    public delegate* unmanaged[Cdecl]<int*, int*, void> ReleaseAliasMap;

    // From here on ours.
    public nint* Table;
    public nint Name;
    public nint Provider;
    public nint Device;
    public int Index;
    public int Element;
}
