namespace Onnxc.Passes.Sparsity;

/// <summary>What decides which neurons are idle for a token.</summary>
public enum SparsityPredicate
{
    /// <summary>
    /// A neuron whose part in the result is small, |h|·‖w‖, by one bound on the share of the result that is lost for all blocks: Luo et al., Sparsing Law.
    /// </summary>
    Cett,

    /// <summary>Small inputs of every product, with thresholds for each: Liu et al., TEAL.</summary>
    Threshold,

    /// <summary>Small gates, by a quantile for each block: Lee et al., CATS.</summary>
    Cats,

    /// <summary>All but the largest for each token.</summary>
    TopK,

    /// <summary>What does not exceed mean + z·std of its token: You et al., Spark Transformer.</summary>
    StatisticalTopK,

    /// <summary>Exact zeros, which change nothing.</summary>
    Zeros,

    /// <summary>Neurons that are rarely among the largest, for all tokens alike: Wang et al., CoreInfer.</summary>
    CoreNeurons,
}
