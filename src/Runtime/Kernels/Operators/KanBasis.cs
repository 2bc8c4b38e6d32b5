namespace Onnxc.Kernels;

/// <summary>Basis functions of a layer, numbered as the operator's attribute has them.</summary>
enum KanBasis
{
    BSpline,
    Relu,
    Gaussian,
}
