namespace Onnxc.Kernels;

/// <summary>Activations of a layer of AF-KAN, numbered as the operator's attribute has them.</summary>
enum AfKanActivation
{
    Silu,
    Relu,
    Sigmoid,
    Tanh,
}
