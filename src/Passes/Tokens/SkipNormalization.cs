using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>Operators of ONNX Runtime that add a second input to the first and normalize the sum.</summary>
static class SkipNormalization
{
    const int Sum = 3;

    public static bool Is(Node node) => node.Op == new OpId("com.microsoft", "SkipLayerNormalization") || node.Op == new OpId("com.microsoft", "SkipSimplifiedLayerNormalization");

    /// <summary>True where nothing beside the normalized sum is in use.</summary>
    public static bool HidesSum(Node node) => !node.Outputs.Skip(1).Any(o => o.HasUses);

    /// <summary>True where the mean or deviation of a token is in use.</summary>
    public static bool ShowsStatistics(Node node) => node.Outputs.Take(Sum).Skip(1).Any(o => o.HasUses);
}
