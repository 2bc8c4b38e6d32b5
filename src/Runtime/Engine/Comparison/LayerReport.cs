using System.Collections.Immutable;

namespace Onnxc.Runtime;

/// <summary>
/// Values that both models have by name, in topological order of the reference. <paramref name="FirstDivergence"/> names the first beyond
/// tolerance, <paramref name="FirstDivergentNode"/> the node of the reference that makes it; null when there is none.
/// </summary>
public sealed record LayerReport(Verdict Verdict, ImmutableArray<OutputComparison> Layers, string? FirstDivergence, string? FirstDivergentNode, string? Reason);
