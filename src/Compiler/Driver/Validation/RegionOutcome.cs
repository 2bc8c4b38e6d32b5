namespace Onnxc.Compilation.Validation;

/// <summary>What running regions showed: null for <paramref name="Reason"/> when all agree, and otherwise those found to differ, if any.</summary>
sealed record RegionOutcome(string? Reason, IReadOnlyList<Obligation> Differing)
{
    public static readonly RegionOutcome Agree = new(null, []);

    public static RegionOutcome Impossible(string reason) => new(reason, []);
}
