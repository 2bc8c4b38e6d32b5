using Onnxc.Calibration;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Gathers <see cref="TensorMetrics"/> of one output over samples.</summary>
sealed class MetricsAccumulator(bool histograms = false)
{
    const int Chunk = 1 << 16;

    long elements, mismatches, rows, agreeing;
    double maxError, errorSquares, signalSquares, candidateSquares, dot, scale;
    bool exact = true;
    string? problem;

    /// <summary>Type of the first sample's reference, and the coarser epsilon of both sides.</summary>
    public string Type { get; private set; } = "";

    public double Epsilon { get; private set; }

    public (ValueStatistics Reference, ValueStatistics Candidate)? Distributions { get; } = histograms ? (new(), new()) : null;

    public void Add(RuntimeValue reference, RuntimeValue candidate)
    {
        if (Type.Length == 0) Type = reference.ToString() ?? "";
        exact &= reference.ContentEquals(candidate);
        switch (reference, candidate)
        {
            case (TensorValue a, TensorValue b): Add(a.Data, b.Data); break;
            case (SequenceValue a, SequenceValue b) when a.Items.Length == b.Items.Length:
                for (var i = 0; i < a.Items.Length; i++) Add(a.Items[i], b.Items[i]);
                break;
            case (MapValue a, MapValue b):
                Add(new TensorValue(a.Keys), new TensorValue(b.Keys));
                Add(a.Values, b.Values);
                break;
            case (NoneValue, NoneValue): break;
            default: problem ??= $"the reference is {reference}, the candidate {candidate}"; break;
        }
    }

    public TensorMetrics Result => new(elements, mismatches, maxError,
        errorSquares == 0 ? 0 : signalSquares == 0 ? double.MaxValue : Finite(Math.Sqrt(errorSquares / signalSquares)),
        errorSquares == 0 ? null : signalSquares == 0 ? -double.MaxValue : Finite(10 * Math.Log10(signalSquares / errorSquares)),
        Cosine, rows == 0 ? null : agreeing / (double)rows, scale, exact && problem is null, problem);

    double Cosine
    {
        get
        {
            if (errorSquares == 0) return 1;
            var norm = Math.Sqrt(signalSquares) * Math.Sqrt(candidateSquares);
            return norm > 0 && double.IsFinite(norm) ? Math.Clamp(dot / norm, -1, 1) : 0;
        }
    }

    void Add(TensorData a, TensorData b)
    {
        if (!a.Dims.AsSpan().SequenceEqual(b.Dims.AsSpan()))
        {
            problem ??= $"the reference is {a.Type}, the candidate {b.Type}";
            return;
        }
        elements += a.ElementCount;
        if (a is StringTensor s || b is StringTensor)
        {
            if (a is StringTensor x && b is StringTensor y) mismatches += x.Values.Zip(y.Values, (p, q) => p.AsSpan().SequenceEqual(q) ? 0 : 1).Sum();
            else problem ??= "only one of them holds strings";
            if (mismatches > 0) maxError = double.MaxValue;
            return;
        }
        Epsilon = Math.Max(Epsilon, Math.Max(TensorNumbers.Epsilon(a.Element), TensorNumbers.Epsilon(b.Element)));
        AddNumbers(a, b);
    }

    void AddNumbers(TensorData a, TensorData b)
    {
        var count = TensorNumbers.CountOf(a);
        // Scores have a last axis to choose from; complex numbers have no order.
        var width = a.Element.IsFloatingPoint() && a.Dims.Length > 0 && a.Dims[^1] > 1 && count == a.ElementCount ? a.Dims[^1] : 0;
        var (p, q) = (new double[Math.Min(count, Chunk)], new double[Math.Min(count, Chunk)]);
        var (bestA, bestB, indexA, indexB) = (double.NegativeInfinity, double.NegativeInfinity, -1L, -1L);
        for (long start = 0; start < count; start += Chunk)
        {
            var length = (int)Math.Min(Chunk, count - start);
            TensorNumbers.Read(a, start, p.AsSpan(0, length));
            TensorNumbers.Read(b, start, q.AsSpan(0, length));
            if (Distributions is var (before, after))
            {
                before.Add(Array.ConvertAll(p[..length], n => (float)n), [length]);
                after.Add(Array.ConvertAll(q[..length], n => (float)n), [length]);
            }
            for (var i = 0; i < length; i++)
            {
                AddPair(p[i], q[i]);
                if (width == 0) continue;
                var column = (start + i) % width;
                if (column == 0) (bestA, bestB, indexA, indexB) = (double.NegativeInfinity, double.NegativeInfinity, -1, -1);
                if (p[i] > bestA) (bestA, indexA) = (p[i], column);
                if (q[i] > bestB) (bestB, indexB) = (q[i], column);
                if (column != width - 1) continue;
                rows++;
                if (indexA == indexB) agreeing++;
            }
        }
    }

    void AddPair(double a, double b)
    {
        if (double.IsFinite(a)) scale = Math.Max(scale, Math.Abs(a));
        if (a.Equals(b) || a == b)
        {
            if (!double.IsFinite(a)) return;
            signalSquares += a * a;
            candidateSquares += a * a;
            dot += a * a;
            return;
        }
        mismatches++;
        var error = Math.Abs(a - b);
        if (!double.IsFinite(error))
        {
            (maxError, errorSquares) = (double.MaxValue, double.MaxValue);
            return;
        }
        maxError = Math.Max(maxError, error);
        errorSquares = Math.Min(double.MaxValue, errorSquares + error * error);
        signalSquares += a * a;
        candidateSquares += b * b;
        dot += a * b;
    }

    static double Finite(double value) => double.IsNaN(value) ? 0 : Math.Clamp(value, -double.MaxValue, double.MaxValue);
}
