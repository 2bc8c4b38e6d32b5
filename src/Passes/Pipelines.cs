namespace Onnxc.Passes;

/// <summary>Pipelines that every pipeline may name with an <c>@</c>, by name.</summary>
public static class Pipelines
{
    public static IReadOnlyDictionary<string, BuiltInPipeline> BuiltIn { get; } =
        new SortedDictionary<string, BuiltInPipeline>(StringComparer.Ordinal)
        {
            ["basic"] = new(
                "fold-constants, fold-shape-arithmetic, simplify-reshapes, inline-constant-if, eliminate-identity, "
                + "eliminate-common-subexpressions, eliminate-dead-code",
                "Folds constants and removes what is redundant or unused; the same bits."),
            ["default"] = new(
                "repeat{max=8}(@basic, merge-transposes), prune-functions",
                "Every rewrite that gives the same bits, until nothing changes; what `compile` runs without a pipeline."),
        };
}
