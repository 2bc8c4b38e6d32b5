using Onnxc.Passes;

namespace Onnxc.Pipelines;

/// <summary>Runs its children until an iteration leaves the model unchanged, at most <paramref name="Max"/> times.</summary>
public sealed record RepeatStep(int Max, IReadOnlyList<BoundStep> Children, string SourceText, string? Origin) : BoundStep(SourceText, Origin)
{
    public const string Name = "repeat";

    /// <summary>Options of <c>repeat</c>, declared as those of passes are.</summary>
    public sealed record Options
    {
        [Option("Most iterations.")] public int Max { get; init; } = 8;
    }

    internal static readonly Options Defaults = new();

    internal static readonly IReadOnlyList<OptionInfo> OptionList = [new(typeof(Options).GetProperty(nameof(Options.Max))!, Defaults)];
}
