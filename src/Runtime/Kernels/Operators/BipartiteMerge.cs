namespace Onnxc.Kernels;

/// <summary>Merges the r most similar pairs of tokens at even and odd places.</summary>
sealed class BipartiteMerge : Operator
{
    public override int InputCount => 3;

    public override int OutputCount => 2;

    public override bool IsShapedLikeInput => false;

    public override Kernel Create(Attributes attributes) => new TokenMerge(attributes);
}
