namespace Onnxc.Runtime;

/// <summary>Weights that are hit together, by their places in <see cref="PinnedModel.Weights"/>, and the only bit that is, null for all.</summary>
sealed record FaultTarget(string Name, IReadOnlyList<int> Weights, int? Bit);
