namespace Onnxc.Calibration;

/// <summary>How far the outputs of a model are from those of another one.</summary>
/// <param name="Drop">
/// Share of right answers that is lost, in [-1, 1], as the reference's own probabilities expect it: for every row of scores, the probability of what
/// the reference would choose less the probability of what the candidate chooses. Or by labels, where there are any and they show a larger loss
/// beyond their noise. Null when no output holds scores.
/// </param>
/// <param name="Agreement">Share of rows of scores with the same choice; null when no output holds scores.</param>
/// <param name="Error">Largest relative root mean square error of the outputs that hold no scores; null when all do.</param>
/// <param name="Divergence">Mean divergence (Kullback and Leibler) of scores, or the squared error, for the comparison of candidates.</param>
public sealed record Deviation(double? Drop, double? Agreement, double? Error, double Divergence)
{
    /// <summary>
    /// Share of the reference's right answers that the candidate gives up, whatever it wins, as those probabilities expect it: a choice that changes
    /// counts as far as the reference was sure of it. Null when no output holds scores.
    /// </summary>
    public double? Lost { get; init; }

    /// <summary>Share of right answers by labels, of the reference and of the candidate; null without labels.</summary>
    public (double Reference, double Candidate)? Accuracy { get; init; }
}
