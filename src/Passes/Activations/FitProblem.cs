namespace Onnxc.Passes.Activations;

/// <summary>A function to fit, where its numbers lie, and how fits of it are judged.</summary>
sealed class FitProblem
{
    const int ZoneSteps = 4096, TailSteps = 512, BisectionSteps = 60;

    // As far out as errors are looked for: a number, and the largest that was seen so many times.
    const double TailReach = 10, TailFactor = 8;

    readonly double scale;

    FitProblem(Func<double, double> function, Asymptote left, Asymptote right, NumberWeights numbers)
    {
        (Function, Left, Right, Numbers) = (function, left, right, numbers);
        scale = Math.Max(numbers.Rms(function), 1e-9);
    }

    public Func<double, double> Function { get; }

    public Asymptote Left { get; }

    public Asymptote Right { get; }

    public NumberWeights Numbers { get; }

    /// <summary>Null when the function comes to no line on one of its sides.</summary>
    public static FitProblem? Of(Func<double, double> function, NumberWeights numbers) =>
        Asymptote.Of(function, -1) is { } left && Asymptote.Of(function, 1) is { } right ? new(function, left, right, numbers) : null;

    /// <summary>What the function is above the lines.</summary>
    public double Residual(double x) => Function(x) - Line(x);

    public double Line(double x) => (x < 0 ? Left.Slope : Right.Slope) * x;

    /// <summary>Root mean square error on the numbers over the root mean square of the function.</summary>
    public double Error(Func<double, double> fit) => Numbers.Rms(x => fit(x) - Function(x)) / scale;

    /// <summary>The largest error at numbers beyond those that were seen, over the function where that is more than 1.</summary>
    public double Tail(Func<double, double> fit)
    {
        var (reach, largest) = (Math.Max(TailReach, TailFactor * Math.Max(Math.Abs(Numbers.Least), Math.Abs(Numbers.Most))), 0.0);
        for (var i = -TailSteps; i <= TailSteps; i++)
        {
            // Closer together near zero, where functions bend.
            var x = reach * Math.Sign(i) * Math.Pow(i / (double)TailSteps, 2);
            if (x >= Numbers.Least && x <= Numbers.Most) continue;
            largest = Math.Max(largest, Math.Abs(fit(x) - Function(x)) / Math.Max(1, Math.Abs(Function(x))));
        }
        return largest;
    }

    /// <summary>The interval outside of which the function is as near to its asymptotes as a share of its size. Holds 0 where they have different slopes.</summary>
    public (double Low, double High) Zone(double share)
    {
        var tolerance = share * scale;
        var reach = Reach();
        var (low, high) = (Edge(-reach), Edge(reach));
        if (Left.Slope != Right.Slope) (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        return low < high ? (low, high) : (low - 1, low + 1);

        bool IsFar(double x, Asymptote line) => !(Math.Abs(Function(x) - line.Slope * x - line.Offset) <= tolerance);

        double Edge(double from)
        {
            var line = from < 0 ? Left : Right;
            var i = 0;
            while (i < 2 * ZoneSteps && !IsFar(from * (1 - (double)i / ZoneSteps), line)) i++;
            if (i == 0) return from;
            var (near, far) = (from * (1 - (i - 1.0) / ZoneSteps), from * (1 - (double)i / ZoneSteps));
            for (var step = 0; step < BisectionSteps; step++)
            {
                var middle = (near + far) / 2;
                if (IsFar(middle, line)) far = middle;
                else near = middle;
            }
            return near;
        }

        // The first power of two at which the function is close to both lines.
        double Reach()
        {
            var at = 1.0;
            while (at < 1 << 20 && (IsFar(at, Right) || IsFar(2 * at, Right) || IsFar(-at, Left) || IsFar(-2 * at, Left))) at *= 2;
            return 2 * at;
        }
    }
}
