using System.Numerics;
using System.Runtime.InteropServices;

namespace Onnxc.Runtime;

/// <summary>Adds up x·xᵀ over rows, in double precision.</summary>
sealed class SecondMoment
{
    double[]? sum;
    int width;
    long rows;
    bool differs;

    public void Add(ReadOnlySpan<float> numbers, ReadOnlySpan<long> dims)
    {
        if (dims.Length == 0 || differs || numbers.Length == 0) return;
        if (sum is null)
        {
            width = (int)Math.Min(dims[^1], int.MaxValue);
            if ((long)width * width > Array.MaxLength) differs = true;
            else sum = new double[width * width];
        }
        if (differs || dims[^1] != width)
        {
            differs = true;
            return;
        }
        var row = new double[width];
        for (var start = 0; start < numbers.Length; start += width, rows++)
        {
            for (var i = 0; i < width; i++) row[i] = numbers[start + i];
            for (var i = 0; i < width; i++)
                if (row[i] != 0) AddScaled(sum!.AsSpan(i * width + i, width - i), row.AsSpan(i), row[i]);
        }
    }

    /// <summary>The mean, [K, K]; null when nothing was seen, or rows of different lengths.</summary>
    public double[]? Mean()
    {
        if (sum is null || differs || rows == 0) return null;
        var mean = new double[sum.Length];
        for (var i = 0; i < width; i++)
            for (var j = i; j < width; j++) mean[i * width + j] = mean[j * width + i] = sum[i * width + j] / rows;
        return mean;
    }

    // The upper triangle is enough.
    static void AddScaled(Span<double> target, ReadOnlySpan<double> source, double factor)
    {
        var wide = MemoryMarshal.Cast<double, Vector<double>>(target);
        var from = MemoryMarshal.Cast<double, Vector<double>>(source);
        for (var i = 0; i < wide.Length; i++) wide[i] += from[i] * factor;
        for (var i = wide.Length * Vector<double>.Count; i < target.Length; i++) target[i] += source[i] * factor;
    }
}
