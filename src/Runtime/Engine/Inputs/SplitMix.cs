namespace Onnxc.Runtime;

/// <summary>SplitMix64 (Steele, Lea, Flood 2014): a generator of our own, so that a seed means the same on every machine and release.</summary>
public sealed class SplitMix(ulong seed)
{
    ulong state = seed;
    double? spare;

    public ulong Next()
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, 1), with 53 bits.</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in 0 to <paramref name="count"/> - 1.</summary>
    public long Below(long count) => (long)Math.BigMul(Next(), (ulong)count, out _);

    /// <summary>Standard normal, by Box and Muller.</summary>
    public double Normal()
    {
        if (spare is { } kept)
        {
            spare = null;
            return kept;
        }
        var radius = Math.Sqrt(-2 * Math.Log(1 - Uniform()));
        var angle = 2 * Math.PI * Uniform();
        spare = radius * Math.Sin(angle);
        return radius * Math.Cos(angle);
    }

    /// <summary>A generator for something with a name: what it draws depends on nothing that was drawn before.</summary>
    public static SplitMix For(ulong seed, string name)
    {
        // FNV-1a over UTF-16: string.GetHashCode differs between processes.
        var hash = 0xCBF29CE484222325;
        foreach (var c in name) hash = (hash ^ c) * 0x100000001B3;
        return new SplitMix(new SplitMix(seed).Next() ^ hash);
    }
}
