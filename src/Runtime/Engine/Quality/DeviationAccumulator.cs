using Onnxc.Calibration;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Gathers the deviation of outputs over samples.</summary>
sealed class DeviationAccumulator
{
    // Rows are scores of classes where there are two or three axes; with four, the last one is a place.
    const int MostRank = 3;
    const double LeastProbability = 1e-12;

    readonly Dictionary<string, (double Signal, double Noise)> errors = new(StringComparer.Ordinal);
    long rows, agreeing, labelled, right, candidateRight, flips;
    double sure, lost, expected, divergence, squared;
    long elements;

    public void Add(string name, TensorData reference, TensorData candidate, TensorData? labels)
    {
        if (!reference.Element.IsFloatingPoint() || reference.ElementCount == 0) return;
        if (!reference.Dims.AsSpan().SequenceEqual(candidate.Dims.AsSpan()))
        {
            errors[name] = (1, double.PositiveInfinity);
            return;
        }
        var (p, q) = (TensorNumbers.Read(reference), TensorNumbers.Read(candidate));
        if (reference.Dims.Length is > 1 and <= MostRank && reference.Dims[^1] > 1) AddScores(p, q, (int)reference.Dims[^1], labels);
        else AddNumbers(name, p, q);
    }

    public Deviation Result()
    {
        double? error = errors.Count == 0 ? null : errors.Values.Max(e => e.Noise == 0 ? 0 : e.Signal == 0 ? double.MaxValue : Math.Sqrt(e.Noise / e.Signal));
        if (rows == 0) return new(null, null, error, elements == 0 ? 0 : squared / elements);
        var drop = expected / rows;
        if (labelled > 0) drop = Math.Max(drop, (right - candidateRight - Math.Sqrt(flips)) / labelled);
        return new(drop, (double)agreeing / rows, error, divergence / rows)
        {
            Lost = sure > 0 ? lost / sure : 1 - (double)agreeing / rows,
            Accuracy = labelled == 0 ? null : ((double)right / labelled, (double)candidateRight / labelled),
        };
    }

    void AddNumbers(string name, double[] p, double[] q)
    {
        var (signal, noise) = errors.GetValueOrDefault(name);
        for (var i = 0; i < p.Length; i++)
        {
            if (!double.IsFinite(p[i])) continue;
            signal += p[i] * p[i];
            noise += double.IsFinite(q[i]) ? (p[i] - q[i]) * (p[i] - q[i]) : double.PositiveInfinity;
        }
        errors[name] = (signal, noise);
        squared += noise;
        elements += p.Length;
    }

    void AddScores(double[] p, double[] q, int width, TensorData? labels)
    {
        var truth = labels is not null && labels.ElementCount == p.Length / width ? TensorNumbers.Read(labels) : null;
        var (a, b) = (new double[width], new double[width]);
        for (var row = 0; row < p.Length / width; row++)
        {
            Probabilities(p.AsSpan(row * width, width), a);
            Probabilities(q.AsSpan(row * width, width), b);
            var (chosen, other) = (Best(p.AsSpan(row * width, width)), Best(q.AsSpan(row * width, width)));
            rows++;
            sure += a[chosen];
            if (chosen == other)
            {
                agreeing++;
            }
            else
            {
                lost += a[chosen];
                expected += a[chosen] - a[other];
            }
            for (var i = 0; i < width; i++)
                if (a[i] > 0) divergence += a[i] * Math.Log(a[i] / Math.Max(b[i], LeastProbability));
            if (truth is null) continue;
            labelled++;
            var (was, stays) = (chosen == (int)truth[row], other == (int)truth[row]);
            if (was) right++;
            if (stays) candidateRight++;
            if (was != stays) flips++;
        }
    }

    static int Best(ReadOnlySpan<double> scores)
    {
        var best = 0;
        for (var i = 1; i < scores.Length; i++)
            if (scores[i] > scores[best]) best = i;
        return best;
    }

    // What is no distribution yet is taken for logits.
    static void Probabilities(ReadOnlySpan<double> scores, Span<double> probabilities)
    {
        const double Close = 1e-2;
        var (sum, least, most) = (0.0, double.PositiveInfinity, double.NegativeInfinity);
        foreach (var score in scores)
        {
            sum += score;
            least = Math.Min(least, score);
            most = Math.Max(most, score);
        }
        if (least >= -Close && Math.Abs(sum - 1) <= Close)
        {
            for (var i = 0; i < scores.Length; i++) probabilities[i] = Math.Max(0, scores[i]);
            return;
        }
        var total = 0.0;
        for (var i = 0; i < scores.Length; i++) total += probabilities[i] = Math.Exp(scores[i] - most);
        for (var i = 0; i < scores.Length; i++) probabilities[i] /= total;
    }
}
