namespace Onnxc.Kernels.Native;

/// <summary>Entries of ONNX Runtime's function table (<c>OrtApi</c>) by their place in it. A test compares them with the C header.</summary>
enum Api
{
    CreateStatus = 0,
    GetErrorCode = 1,
    GetErrorMessage = 2,
    CreateCustomOpDomain = 26,
    CustomOpDomain_Add = 27,
    AddCustomOpDomain = 28,
    GetTensorMutableData = 51,
    SetDimensions = 59,
    GetTensorElementType = 60,
    GetDimensionsCount = 61,
    GetDimensions = 62,
    GetTensorTypeAndShape = 65,
    KernelInfoGetAttribute_float = 85,
    KernelInfoGetAttribute_int64 = 86,
    KernelInfoGetAttribute_string = 87,
    KernelContext_GetInputCount = 88,
    KernelContext_GetInput = 90,
    KernelContext_GetOutput = 91,
    ReleaseStatus = 93,
    ReleaseTensorTypeAndShapeInfo = 99,
    KernelInfoGetAttributeArray_float = 162,
    KernelInfoGetAttributeArray_int64 = 163,
    KernelContext_GetGPUComputeStream = 193,
    KernelInfo_GetNodeName = 244,
    ShapeInferContext_GetInputTypeShape = 268,
    ShapeInferContext_SetOutputTypeShape = 270,
    KernelContext_ParallelFor = 274,
    GetTensorElementTypeAndShapeDataReference = 414,
}
