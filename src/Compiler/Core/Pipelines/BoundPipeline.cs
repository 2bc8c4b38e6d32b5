namespace Onnxc.Pipelines;

/// <summary>A pipeline whose names are resolved and whose passes are made; <paramref name="Text"/> is its canonical text.</summary>
public sealed record BoundPipeline(IReadOnlyList<BoundStep> Steps, string Text)
{
    /// <summary>Every pass step, groups opened, in order.</summary>
    public IReadOnlyList<PassStep> Passes => [.. Flatten(Steps)];

    static IEnumerable<PassStep> Flatten(IEnumerable<BoundStep> steps) => steps.SelectMany(s => s switch
    {
        RepeatStep repeat => Flatten(repeat.Children),
        PassStep pass => [pass],
        _ => Enumerable.Empty<PassStep>(),
    });
}
