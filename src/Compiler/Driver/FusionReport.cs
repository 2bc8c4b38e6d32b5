using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Compilation;

/// <summary>What ONNX Runtime fuses in the original and in the result; <paramref name="Reason"/> says why that was not counted.</summary>
/// <param name="After">Null as well where all patterns that are fused in the original stand in the result as they were.</param>
/// <param name="Lost">Fused operators of which the result has fewer, and how many fewer.</param>
public sealed record FusionReport(string? Reason, FusionCensus? Before, FusionCensus? After, IReadOnlyList<KeyValuePair<OpId, int>> Lost)
{
    /// <summary>Fused operators that were lost at first, until the patterns behind them were left alone.</summary>
    public IReadOnlyList<KeyValuePair<OpId, int>> Kept { get; init; } = [];

    /// <summary>True when the result was not counted because it holds all patterns as they were.</summary>
    public bool IsIntact => Before is not null && After is null;

    /// <summary>True when fusions are lost and ONNX Runtime has more to run for it. Where it has less, other changes make up for the loss.</summary>
    public bool Costs => Lost.Count > 0 && After!.Nodes > Before!.Nodes;

    /// <summary>The losses in words; empty when there are none.</summary>
    public string Loss => string.Join(", ", Lost.Select(l => FormattableString.Invariant($"{l.Value} fewer `{l.Key}`")));
}
