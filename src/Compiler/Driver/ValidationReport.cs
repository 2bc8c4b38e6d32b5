namespace Onnxc.Compilation;

/// <summary>
/// What was shown about the changed parts of a model, without running it as a whole. <paramref name="Reason"/> says why that was not enough,
/// and is null when the result is as right as the original.
/// </summary>
/// <param name="Values">Values of the result that were matched with the original by structure or by a run.</param>
/// <param name="Constants">Values that depend on constants alone and were computed anew, to be matched by content.</param>
/// <param name="Obligations">Values that structure alone could not match.</param>
/// <param name="Runs">Pairs of small models that were run for them.</param>
/// <param name="Nodes">Nodes of the original in those models.</param>
/// <param name="Milliseconds">Time for all of it.</param>
public sealed record ValidationReport(int Values, int Constants, int Obligations, int Runs, int Nodes, double Milliseconds, string? Reason)
{
    public bool Succeeded => Reason is null;

    /// <summary>
    /// How many values differed on random values of what they depend on. Nothing is proved wrong by that: the model may never make such values.
    /// </summary>
    public int Differing { get; init; }

    public override string ToString() => FormattableString.Invariant(
        $"{(Succeeded ? "proved" : "matched")} {Values - Obligations} values structurally ({Constants} constants computed), {Obligations} in {Runs} runs of {Nodes} nodes, {Milliseconds:f0} ms")
        + (Reason is null ? "" : $"; {Reason}");
}
