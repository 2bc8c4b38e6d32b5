using System.Collections.Immutable;
using System.Globalization;

namespace Onnxc.Passes.Tokens;

/// <summary>Pairs of tokens to merge in each block. Schedules of PYRA (Xiong et al., 2024) by the size of the model.</summary>
static class MergeSchedule
{
    static readonly ImmutableArray<long> High = [40, 34, 30, 24, 18, 14, 10, 8, 4, 4, 3, 3];

    /// <summary>By name, as `schedule` takes them.</summary>
    public static ImmutableSortedDictionary<string, ImmutableArray<long>> Published { get; } = new Dictionary<string, ImmutableArray<long>>
    {
        ["vit-b-low"] = [.. Enumerable.Repeat(16L, 11), 10],
        ["vit-b-high"] = High,
        ["vit-l-low"] = [.. Enumerable.Repeat(8L, 23), 6],
        ["vit-l-high"] = [20, 19, 18, 17, 15, 13, 13, 12, 10, 9, 8, 6, 6, 4, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1],
        ["deit-b-low"] = [.. Enumerable.Repeat(16L, 6), .. Enumerable.Repeat(10L, 6)],
        ["deit-b-high"] = High,
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>The published schedule for a chain of so many blocks and tokens: with 198 tokens there is one of distillation. Null for other models.</summary>
    public static ImmutableArray<long>? For(Compression compression, int blocks, long tokens)
    {
        var model = (blocks, tokens) switch { (12, 197) => "vit-b", (12, 198) => "deit-b", (24, 197) => "vit-l", _ => null };
        return model is null ? null : Published[$"{model}-{(compression == Compression.Low ? "low" : "high")}"];
    }

    /// <summary>The numbers of a schedule given by hand or by name; null when an entry is neither.</summary>
    public static ImmutableArray<long>? Parse(ImmutableArray<string> schedule)
    {
        if (schedule is [var name] && Published.TryGetValue(name, out var known)) return known;
        var numbers = schedule.Select(s => long.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : -1).ToImmutableArray();
        return numbers.Contains(-1) ? null : numbers;
    }

    /// <summary>Pairs in each of <paramref name="blocks"/> blocks, as even as possible and the larger ones first, so that a share of the tokens is left.</summary>
    public static ImmutableArray<long> Keeping(double share, int blocks, long tokens)
    {
        var pairs = tokens - (long)Math.Ceiling(share * tokens);
        return [.. Enumerable.Range(0, blocks).Select(b => pairs / blocks + (b < pairs % blocks ? 1 : 0))];
    }

    /// <summary>As many of these pairs as there can be where <paramref name="kept"/> tokens take no part.</summary>
    public static ImmutableArray<long> Clamp(IEnumerable<long> pairs, long tokens, int kept)
    {
        var clamped = ImmutableArray.CreateBuilder<long>();
        foreach (var wanted in pairs)
        {
            clamped.Add(Math.Clamp(wanted, 0, Math.Max(0, (tokens - kept) / 2)));
            tokens -= clamped[^1];
        }
        return clamped.ToImmutable();
    }
}
