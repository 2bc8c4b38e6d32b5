namespace Onnxc.Passes.Sparsity;

/// <summary>How sparse one feed-forward block is on data. Shares lie in [0, 1].</summary>
public sealed record BlockSparsity
{
    /// <summary>Name of the last product.</summary>
    public required string Name { get; init; }

    public required bool IsGated { get; init; }

    public required int Neurons { get; init; }

    /// <summary>Tokens that were looked at.</summary>
    public required int Tokens { get; init; }

    /// <summary>Share of what the activation gives that is not zero, bit for bit: depends on how the activation is computed.</summary>
    public required double Density { get; init; }

    /// <summary>Mean of o²/(o² + 1e-7): what DEFT (Runwal et al.) trains down.</summary>
    public required double Surrogate { get; init; }

    /// <summary>Share whose magnitude exceeds the threshold that was asked for.</summary>
    public required double Above { get; init; }

    /// <summary>Error of the block's result with a share of neurons, those of the smallest contributions, left out: the CETT curve.</summary>
    public required IReadOnlyList<(double Idle, double Error)> Curve { get; init; }

    /// <summary>Token-level sparsity: share of neurons that are idle for a token, at the CETT that was asked for.</summary>
    public required double TokenLevel { get; init; }

    /// <summary>Chunk-level sparsity: share of neurons that are idle for eight tokens in a row, as BlockFFN (Song et al.) counts it; not a number where samples have fewer.</summary>
    public required double ChunkLevel { get; init; }

    /// <summary>Largest magnitude of what the last product multiplies over the median of those that are not zero.</summary>
    public required double MassiveRatio { get; init; }
}
