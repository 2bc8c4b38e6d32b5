namespace Onnxc.Passes.Experts;

/// <summary>Scores of CFSP (Wang et al., 2024): which blocks keep more, and which channels of a network.</summary>
static class CfspScore
{
    // Importance is in radians over π, summed over tokens; the paper's code scales it so.
    const double Scale = 1e4, Margin = 1.05;

    /// <summary>
    /// Score of each hidden channel j: <c>mean over i of (|D_ij|/Σ|D| + |U_ij|/Σ|U| + |G_ij|/Σ|G|)·A_j</c> with <c>D = |W_down|·A</c>, and the sums over
    /// i, or over j for the other methods.
    /// </summary>
    /// <param name="incoming">Matrices [inputs, channels]: up, and gate where there is one.</param>
    /// <param name="down">[channels, outputs].</param>
    /// <param name="activations">A_j, the norm of what comes out of the channel.</param>
    public static double[] Channels(IReadOnlyList<float[]> incoming, float[] down, double[] activations, PruneMethod method)
    {
        var channels = activations.Length;
        var scores = new double[channels];
        foreach (var matrix in incoming) Add(scores, matrix.Length / channels, (i, j) => Math.Abs((double)matrix[i * channels + j]), activations, method);
        var outputs = down.Length / channels;
        Add(scores, outputs, (i, j) => Math.Abs((double)down[j * outputs + i]) * activations[j], activations, method);
        return scores;
    }

    static void Add(double[] scores, int others, Func<int, int, double> weight, double[] activations, PruneMethod method)
    {
        var (channels, byRow) = (scores.Length, method != PruneMethod.Cfsp);
        var sums = new double[byRow ? others : channels];
        for (var i = 0; i < others; i++)
            for (var j = 0; j < channels; j++) sums[byRow ? i : j] += weight(i, j);
        for (var j = 0; j < channels; j++)
        {
            var mean = 0.0;
            for (var i = 0; i < others; i++) mean += sums[byRow ? i : j] == 0 ? 0 : weight(i, j) / sums[byRow ? i : j];
            scores[j] += mean / others * activations[j];
        }
    }

    /// <summary>Share that each block keeps, of a mean of 1 - <paramref name="pruned"/>.</summary>
    /// <param name="importance">Σ over tokens of the angle between what enters a block and what leaves it, over π.</param>
    public static double[] Keep(IReadOnlyList<double> importance, double pruned)
    {
        var mean = importance.Average();
        var sigmoids = importance.Select(v => 1 / (1 + Math.Exp(-(v - mean) / Scale))).ToArray();
        var ratios = sigmoids.Select(s => s / sigmoids.Average() * (1 - pruned)).ToArray();
        var most = ratios.Max();
        if (most < 1) return ratios;
        // No block can keep more than it has: all come nearer to the mean.
        var average = ratios.Average();
        return [.. ratios.Select(r => average + (r - average) * (1 - average) / (most - average) / Margin)];
    }

    /// <summary>Channels to keep: the share, rounded to a multiple that processors like, and one multiple at least.</summary>
    public static int Count(int channels, double share, int multiple) =>
        Math.Clamp((int)((channels * share + multiple / 2.0) / multiple) * multiple, Math.Min(multiple, channels), channels);
}
