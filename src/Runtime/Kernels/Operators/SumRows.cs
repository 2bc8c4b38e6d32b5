namespace Onnxc.Kernels;

/// <summary>Weights of which rows are added up with factors: those that what is active is multiplied by.</summary>
abstract unsafe class SumRows
{
    /// <summary>
    /// y += Σ factors[i] · row places[i] of the weights, over <paramref name="width"/> columns from an even one on. Places grow. Sums are added up in one
    /// order, so that they depend on nothing else.
    /// </summary>
    public abstract void Add(float* y, int first, int width, int* places, float* factors, int count);

    /// <summary>
    /// Rows <paramref name="term"/> and on as floats: where they lie, or in <paramref name="buffer"/>, which has room for them. <paramref name="pitch"/> is
    /// what they are apart.
    /// </summary>
    public abstract float* Rows(int term, int terms, int first, int width, float* buffer, out long pitch);
}
