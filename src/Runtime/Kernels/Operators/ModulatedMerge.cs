namespace Onnxc.Kernels;

/// <summary>Merges the r most similar pairs of tokens at even and odd places, after one of each pair was modulated.</summary>
sealed class ModulatedMerge : Operator
{
    public override int InputCount => 7;

    public override int OutputCount => 2;

    public override bool IsShapedLikeInput => false;

    public override Kernel Create(Attributes attributes)
    {
        var epsilon = attributes.Finite("epsilon", 1e-5f);
        return epsilon >= 0 ? new TokenMerge(attributes, epsilon) : throw attributes.Wrong("epsilon", epsilon, "must not be negative");
    }
}
