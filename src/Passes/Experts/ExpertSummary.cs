namespace Onnxc.Passes.Experts;

/// <summary>What is known of one layer of experts.</summary>
/// <param name="Function">What an expert computes.</param>
/// <param name="Router">How the weights of the chosen come about.</param>
/// <param name="Loads">Share of tokens that chose each expert; null where no data show it.</param>
public sealed record ExpertSummary(string Name, string Function, int Experts, int Selected, int Inputs, int Width, int Outputs, string Router, IReadOnlyList<double>? Loads);
