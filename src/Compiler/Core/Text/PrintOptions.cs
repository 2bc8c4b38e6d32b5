namespace Onnxc.Text;

/// <summary>How <see cref="OnnxPrinter"/> prints.</summary>
public sealed record PrintOptions
{
    internal static readonly PrintOptions Default = new();

    /// <summary>
    /// Tensors with more elements print as <c>{...}</c>, which <see cref="OnnxParser"/> refuses with ONNXC0602. By default nothing is left out.
    /// </summary>
    public long MaxElements { get; init; } = long.MaxValue;
}
