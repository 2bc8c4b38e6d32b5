using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Clip;

/// <summary>
/// An activation that is clipped. <paramref name="Low"/> and <paramref name="High"/>: bounds that let through all that was seen, of extents
/// <paramref name="Dims"/>; a search scales <paramref name="High"/>.
/// </summary>
sealed record ClipSite(Node Clip, ElementType Element, ImmutableArray<long> Dims, double[] Low, double[] High)
{
    const int HighSlot = 2;

    public Value Bound => Clip.Input(HighSlot)!;

    /// <summary>The upper bounds times <paramref name="factor"/>.</summary>
    public TensorData Scaled(double factor) => BoundTensor.Of(Element, Dims, Array.ConvertAll(High, h => h * factor));

    /// <summary>Puts other upper bounds in place.</summary>
    public void Set(TensorData bound)
    {
        var old = Bound;
        if (old.Constant!.ContentEquals(bound)) return;
        Clip.SetInput(HighSlot, new GraphBuilder(Clip.Graph, Clip, "clipped").Constant(bound));
        if (!old.HasUses && old.IsInitializer && old.Producer is null) Clip.Graph.RemoveInitializer(old);
    }
}
