namespace Onnxc.Passes.Sparsity;

/// <summary>How much of a product's result is lost when a share of its terms, the smallest, is left out.</summary>
sealed class ErrorCurve
{
    const int Steps = 64;

    readonly float[] sorted;
    readonly double[] errors;

    /// <param name="rows">Terms, [rows, terms].</param>
    /// <param name="sizes">What is compared with a bound, for each of them.</param>
    /// <param name="weights">What they are multiplied by, [terms, columns].</param>
    /// <param name="terms">Terms of a row.</param>
    public ErrorCurve(float[] rows, float[] sizes, float[] weights, int terms)
    {
        sorted = [.. sizes];
        Array.Sort(sorted);
        errors = Contributions.Cett(rows, sizes, weights, terms, [.. Enumerable.Range(1, Steps).Select(i => Bound((double)i / Steps))]);
    }

    /// <summary>The error at a share that is left out.</summary>
    public double Error(double share)
    {
        var place = Math.Clamp(share, 0, 1) * Steps;
        var step = Math.Min((int)place, Steps - 1);
        var before = step == 0 ? 0 : errors[step - 1];
        return before + (errors[step] - before) * (place - step);
    }

    /// <summary>The largest share whose error is at most <paramref name="error"/>.</summary>
    public double Share(double error)
    {
        var step = StepsUpTo(error);
        if (step == Steps) return 1;
        var before = step == 0 ? 0 : errors[step - 1];
        return (step + (error - before) / (errors[step] - before)) / Steps;
    }

    /// <summary>The largest of the bounds that were tried whose error is at most <paramref name="error"/>; of equal sizes all are within it or none.</summary>
    public float BoundFor(double error) => Bound((double)StepsUpTo(error) / Steps);

    int StepsUpTo(double error)
    {
        var step = 0;
        while (step < Steps && errors[step] <= error) step++;
        return step;
    }

    /// <summary>What a share of the sizes does not exceed; less than all of them for none.</summary>
    public float Bound(double share) => Quantile(sorted, share);

    /// <summary>The share that a bound leaves out.</summary>
    public double ShareBelow(float bound)
    {
        var place = Array.BinarySearch(sorted, bound);
        if (place < 0) place = ~place;
        while (place < sorted.Length && sorted[place] <= bound) place++;
        return (double)place / sorted.Length;
    }

    /// <summary>What a share of sorted numbers does not exceed.</summary>
    public static float Quantile(float[] sorted, double share)
    {
        var count = (int)Math.Round(share * sorted.Length);
        return count == 0 ? -1 : sorted[Math.Min(count, sorted.Length) - 1];
    }
}
