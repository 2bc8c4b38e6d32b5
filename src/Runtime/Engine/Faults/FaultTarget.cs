namespace Onnxc.Runtime;

/// <summary>What is hit together, by places in <see cref="IFaultySession.Sites"/>, and the only bit that is, null for all.</summary>
sealed record FaultTarget(string Name, IReadOnlyList<int> Sites, int? Bit);
