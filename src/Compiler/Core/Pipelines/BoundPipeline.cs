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

    /// <summary>What comes before the first step that changes the model's function on purpose, and the rest; either may be empty.</summary>
    public (BoundPipeline Exact, BoundPipeline Approximate) SplitAtApproximation()
    {
        var exact = Steps.TakeWhile(s => Flatten([s]).All(p => p.Info.Numerics != Onnxc.Passes.Numerics.Approximate)).ToList();
        return (this with { Steps = exact }, this with { Steps = [.. Steps.Skip(exact.Count)] });
    }
}
