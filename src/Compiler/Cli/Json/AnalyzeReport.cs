using Onnxc.Passes.Sparsity;

namespace Onnxc.Cli.Json;

/// <summary>Result of <c>analyze --sparsity</c>.</summary>
sealed record AnalyzeReport() : Report("analyze")
{
    public string Model { get; init; } = "";

    public double Threshold { get; init; }

    public double Cett { get; init; }

    public IReadOnlyList<FfnBlockJson> Blocks { get; init; } = [];

    /// <summary>One feed-forward block; see <see cref="BlockSparsity"/>.</summary>
    public sealed record FfnBlockJson(string Name, bool IsGated, int Neurons, int Tokens, double Density, double Surrogate, double Above, double TokenLevel, double ChunkLevel, double MassiveRatio,
        IReadOnlyList<ErrorJson> Curve)
    {
        public static FfnBlockJson Of(BlockSparsity block) => new(block.Name, block.IsGated, block.Neurons, block.Tokens, block.Density, block.Surrogate, block.Above, block.TokenLevel, block.ChunkLevel,
            block.MassiveRatio, [.. block.Curve.Select(p => new ErrorJson(p.Idle, p.Error))]);
    }

    public sealed record ErrorJson(double Idle, double Error);
}
