using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>Compares decisions with labels and with those that a model makes without faults.</summary>
sealed class FaultJudge
{
    readonly int[]? labels;
    readonly int[] expected;

    FaultJudge(int[]? labels, int[] expected) => (this.labels, this.expected) = (labels, expected);

    public int Count => expected.Length;

    public FaultTrial Baseline => Judge(expected, 0);

    /// <param name="expected">Decisions without faults.</param>
    /// <param name="data">Data with or without labels.</param>
    public static Result<FaultJudge> Of(IReadOnlyList<int> expected, DataSet data)
    {
        if (data.Labels is not { } array) return Result<FaultJudge>.Ok(new(null, [.. expected]));
        var labels = TensorNumbers.Read(array);
        var each = labels.Length / data.Count;
        // A batch that the model fixes may leave samples over.
        if (expected.Count > labels.Length || expected.Count % Math.Max(1, each) != 0)
            return Result<FaultJudge>.Fail(Diagnostic.Create(Descriptors.LabelsNeeded, null, FormattableString.Invariant($"there are {labels.Length} labels, and the model decides {expected.Count} times")));
        return Result<FaultJudge>.Ok(new([.. labels.Take(expected.Count).Select(l => (int)l)], [.. expected]));
    }

    public FaultTrial Judge(IReadOnlyList<int> decided, long hits)
    {
        var (right, same) = (0, 0);
        for (var i = 0; i < expected.Length; i++)
        {
            if (labels is not null && decided[i] == labels[i]) right++;
            if (decided[i] == expected[i] && decided[i] != Decisions.None) same++;
        }
        return new(labels is null ? null : right, same, hits);
    }
}
