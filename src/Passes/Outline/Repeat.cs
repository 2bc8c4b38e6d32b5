namespace Onnxc.Passes.Outline;

/// <summary>Runs of <paramref name="Length"/> nodes at <paramref name="Starts"/>, in order and apart, that agree in everything but what flows in.</summary>
sealed record Repeat(IReadOnlyList<int> Starts, int Length)
{
    /// <summary>Nodes saved: one copy is left, and a call for each.</summary>
    public long Saving => ((Starts.Count - 1L) * Length) - Starts.Count;
}
