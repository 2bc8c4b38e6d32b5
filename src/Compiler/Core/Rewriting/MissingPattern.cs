namespace Onnxc.Rewriting;

/// <summary>An optional input that is left out.</summary>
public sealed class MissingPattern : Pattern
{
    MissingPattern() { }

    internal static MissingPattern Instance { get; } = new();
}
