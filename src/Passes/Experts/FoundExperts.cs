using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>A layer of experts as it stands in a model.</summary>
/// <param name="Networks">What the model computes for it, to see whether something else uses parts of that.</param>
sealed record FoundExperts(ExpertForm Form, Value Input, FoundExperts.Routing Router, StackedMap? Gate, StackedMap Up, StackedMap Down, IReadOnlyList<ExpertNetwork> Networks)
{
    /// <summary>
    /// Weights of the chosen experts with their <paramref name="Indices"/>, both [T, k]; without them weights of all, [T, E], or [E, T] when
    /// <paramref name="IsTurned"/>.
    /// </summary>
    public sealed record Routing(Value? Indices, Value Weights, bool IsTurned);

    public int Experts => (int)Up.Matrix.Dims[0];

    /// <summary>Experts that a token has at most; null when the number of indices is not known.</summary>
    public int? Selected => Router.Indices is null ? Experts
        : Router.Indices.Producer is { } topK && topK.Op.Is("TopK") && ConstantVector.Int64s(topK.Input(1)) is [var k] ? (int)k
        : Router.Indices.Shape is { Rank: 2 } shape && shape[1].IsFixed ? (int)shape[1].Extent : null;

    /// <summary>The layer, with constants and weights for all experts that are made where they are missing.</summary>
    public ExpertLayer Write(GraphBuilder builder)
    {
        var weights = Router.Indices is null
            ? Router.IsTurned ? builder.Op("Transpose", [Router.Weights], ("perm", new long[] { 1, 0 })) : Router.Weights
            : Scatter(builder, Router.Indices);
        return new ExpertLayer(Form, Input, weights, Selected!.Value, Constant(Gate), Bias(Gate), Constant(Up)!, Bias(Up), Constant(Down)!, Bias(Down));

        Value? Constant(StackedMap? map) => map is null ? null : map.Source ?? builder.Constant(map.Matrix);

        Value? Bias(StackedMap? map) => map?.Bias is { } bias ? builder.Constant(bias) : null;
    }

    // Zeros for every expert, and the weights of the chosen ones in their places.
    Value Scatter(GraphBuilder builder, Value indices)
    {
        var shape = indices.Producer is { } topK && topK.Op.Is("TopK") && topK.Input(0) is { Shape: { Rank: 2 } scores } && scores[1].IsFixed && scores[1].Extent == Experts
            ? builder.Op("Shape", [topK.Input(0)])
            : builder.Op("Concat", [builder.Op("Gather", [builder.Op("Shape", [indices]), builder.Constant(TensorData.Int64s([0]))], ("axis", 0L)), builder.Constant(TensorData.Int64s([Experts]))], ("axis", 0L));
        var zeros = builder.Op("ConstantOfShape", [shape], ("value", FloatingType.Write(Up.Matrix.Element, [1], [0])));
        return builder.Op("ScatterElements", [zeros, indices, Router.Weights], ("axis", 1L));
    }
}
