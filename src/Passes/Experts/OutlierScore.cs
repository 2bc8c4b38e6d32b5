namespace Onnxc.Passes.Experts;

/// <summary>Scores of weights for the choice of bits, after QuantMoE-Bench.</summary>
static class OutlierScore
{
    /// <summary><c>max over inputs j of max over outputs i of |w_ij| / mean over i of |w_ij|</c> for matrices [inputs, outputs].</summary>
    public static double Of(ReadOnlySpan<float> matrix, int inputs, int outputs)
    {
        var score = 0.0;
        for (var j = 0; j < inputs; j++)
        {
            var (most, sum) = (0.0, 0.0);
            foreach (var weight in matrix.Slice(j * outputs, outputs)) (most, sum) = (Math.Max(most, Math.Abs(weight)), sum + Math.Abs(weight));
            if (sum > 0) score = Math.Max(score, most / (sum / outputs));
        }
        return score;
    }
}
