using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Pairs of one sequence: which tokens at even places merge into which at odd places, and where the others go.</summary>
sealed unsafe class TokenMatching(int tokens, int pairs, bool keepsFirst, bool keepsSecond)
{
    // Below every cosine, as in the function of the operator.
    const float Never = -2;

    // Padding merges when no other pairs are left, then what would leave less than half of the real tokens, but before those that stay.
    const float Idle = -1.5f, Late = -1.75f;

    // The weight of padding in a mean: with others it counts nothing, and among itself it has values.
    const float Trace = 1e-20f;

    readonly int evens = (tokens + 1) / 2, odds = tokens / 2;
    readonly int[] goals = new int[tokens];
    readonly bool[] isPadding = new bool[tokens];

    /// <summary>Tokens at even places that merge, counted among those, the most similar pair first.</summary>
    public int[] Sources { get; private set; } = [];

    /// <summary>For every token at an even place the odd one that is most similar, counted among those.</summary>
    public int[] Partners { get; } = new int[(tokens + 1) / 2];

    public void Match(float* metric, float* size, int width)
    {
        for (var t = 0; t < tokens; t++) isPadding[t] = !(size[t] > 0) && !(keepsFirst && t == 0) && !(keepsSecond && t == 1);
        var similar = new float[evens];
        if (pairs > 0)
        {
            var units = new float[(long)tokens * width];
            fixed (float* unit = units)
            {
                Normalize(metric, width, unit);
                for (var i = 0; i < evens; i++) similar[i] = Nearest(unit, width, i);
            }
        }
        var order = Order(similar);
        var kept = (keepsFirst ? 1 : 0) + (keepsSecond ? 1 : 0);
        foreach (var even in order.Skip((tokens - isPadding.Count(p => p) - kept) / 2))
            if (!isPadding[2 * even]) similar[even] = MathF.Min(similar[even], Late);
        if (isPadding.Contains(true)) order = Order(similar);
        Sources = order[..pairs];
        Place();
    }

    // The first of equals first, so that the order does not depend on how it is sorted.
    int[] Order(float[] similar)
    {
        var order = new int[evens];
        for (var i = 0; i < evens; i++) order[i] = i;
        Array.Sort(order, (a, b) => similar[b].CompareTo(similar[a]) is var c && c != 0 ? c : a.CompareTo(b));
        return order;
    }

    void Normalize(float* metric, int width, float* unit)
    {
        for (var t = 0; t < tokens; t++)
        {
            float* from = metric + (long)t * width, to = unit + (long)t * width;
            var length = MathF.Max(MathF.Sqrt(Dot(from, from, width)), 1e-12f);
            for (var i = 0; i < width; i++) to[i] = from[i] / length;
        }
    }

    float Nearest(float* unit, int width, int even)
    {
        if (isPadding[2 * even])
        {
            Partners[even] = odds - 1;
            return Idle;
        }
        var best = float.NegativeInfinity;
        for (var j = 0; j < odds; j++)
        {
            var isBarred = (keepsFirst && even == 0) || (keepsSecond && j == 0) || isPadding[2 * j + 1];
            var score = isBarred ? Never : Dot(unit + 2L * even * width, unit + (2L * j + 1) * width, width);
            if (score > best) (best, Partners[even]) = (score, j);
        }
        return best;
    }

    // Even ones that stay in their order, then the odd ones; but the second token stays the second where it is kept. Padding comes behind, likewise.
    void Place()
    {
        var merges = new bool[evens];
        foreach (var source in Sources) merges[source] = true;
        var next = 0;
        foreach (var padding in new[] { false, true })
        {
            for (var i = 0; i < evens; i++)
                if (!merges[i] && isPadding[2 * i] == padding) goals[2 * i] = next++ is var rank && rank > 0 && keepsSecond && !padding ? rank + 1 : rank;
            for (var j = 0; j < odds; j++)
                if (isPadding[2 * j + 1] == padding) goals[2 * j + 1] = next++ is var rank && j == 0 && keepsSecond ? 1 : rank;
        }
        foreach (var source in Sources) goals[2 * source] = goals[2 * Partners[source] + 1];
    }

    /// <summary>Means by <paramref name="size"/> of the tokens that merge, and the sums of the sizes. A token that stays alone keeps its bits.</summary>
    public void Merge(float* x, float* size, int width, TokenModulation? modulation, float* y, float* total)
    {
        var merged = new bool[tokens - pairs];
        foreach (var source in Sources) merged[goals[2 * source]] = true;
        var shares = new float[tokens - pairs];
        var sources = modulation is null ? null : Modulate(x, size, width, modulation);
        // Even tokens first, then odd ones, as the function adds them.
        for (var i = 0; i < tokens; i++)
        {
            var t = i < evens ? 2 * i : 2 * (i - evens) + 1;
            var goal = goals[t];
            float* from = x + (long)t * width, to = y + (long)goal * width;
            var share = Share(size[t]);
            (total[goal], shares[goal]) = (total[goal] + size[t], shares[goal] + share);
            if (!merged[goal]) Buffer.MemoryCopy(from, to, (long)width * sizeof(float), (long)width * sizeof(float));
            else if (sources is null || i >= evens) AddScaled(from, share, to, width);
            else
                fixed (float* modulated = sources) AddScaled(modulated + (long)Array.IndexOf(Sources, i) * width, 1, to, width);
        }
        for (var goal = 0; goal < merged.Length; goal++)
            if (merged[goal])
                for (var i = 0; i < width; i++) y[(long)goal * width + i] /= shares[goal];
    }

    float[] Modulate(float* x, float* size, int width, TokenModulation modulation)
    {
        var (sources, targets) = (new float[(long)pairs * width], new float[(long)pairs * width]);
        fixed (float* source = sources, target = targets)
        {
            for (var k = 0; k < pairs; k++)
            {
                var (even, odd) = (2 * Sources[k], 2 * Partners[Sources[k]] + 1);
                AddScaled(x + (long)even * width, Share(size[even]), source + (long)k * width, width);
                AddScaled(x + (long)odd * width, Share(size[odd]), target + (long)k * width, width);
            }
            modulation.Run(source, target, pairs, width);
        }
        return sources;
    }

    static float Share(float size) => MathF.Max(size, Trace);

    static void AddScaled(float* from, float factor, float* to, int width)
    {
        for (var i = 0; i < width; i++) to[i] += from[i] * factor;
    }

    static float Dot(float* a, float* b, int length) =>
        Width.Is512 ? Dot<Lanes512>(a, b, length) : Width.Is256 ? Dot<Lanes256>(a, b, length) : Width.Is128 ? Dot<Lanes128>(a, b, length) : Dot<Lanes1>(a, b, length);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float Dot<T>(float* a, float* b, int length) where T : struct, ILanes<T>
    {
        var sum = T.Of(0);
        var i = 0;
        for (; i <= length - T.Count; i += T.Count) sum = T.MultiplyAdd(T.Load(a + i), T.Load(b + i), sum);
        var rest = T.Sum(sum);
        for (; i < length; i++) rest += a[i] * b[i];
        return rest;
    }
}
