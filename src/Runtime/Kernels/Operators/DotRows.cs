namespace Onnxc.Kernels;

/// <summary>Weights of which a row is multiplied with a whole row of x: those of neurons before their activation.</summary>
abstract unsafe class DotRows
{
    /// <summary>products[i] = a row of x · row places[i] of the weights. Each is added up by itself, so that it does not depend on its neighbours.</summary>
    public abstract void Multiply(long row, int* places, float* products, int count);
}
