using System.Collections.Immutable;
using System.Globalization;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>Extents that the user has fixed: of whole inputs, and of symbols.</summary>
public sealed record ShapeOverrides
{
    public static readonly ShapeOverrides None = new();

    public ImmutableSortedDictionary<string, ImmutableArray<long>> Shapes { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<long>>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, long> Symbols { get; init; } = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);

    /// <summary>Reads <c>name:1,3,224,224</c> and <c>symbol=8</c>. Names may hold colons: the last one counts.</summary>
    public static Result<ShapeOverrides> Parse(IEnumerable<string> texts)
    {
        var result = None;
        foreach (var text in texts)
        {
            var colon = text.LastIndexOf(':');
            var equals = text.LastIndexOf('=');
            if (Math.Max(colon, equals) <= 0) return Fail(text, "there is no name before a `:` or `=`");
            if (equals > colon)
            {
                if (Extent(text[(equals + 1)..]) is not { } extent) return Fail(text, $"`{text[(equals + 1)..]}` is not an extent");
                result = result with { Symbols = result.Symbols.SetItem(text[..equals], extent) };
                continue;
            }
            var dims = ImmutableArray.CreateBuilder<long>();
            foreach (var part in text[(colon + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                if (Extent(part) is not { } extent) return Fail(text, $"`{part}` is not an extent");
                dims.Add(extent);
            }
            result = result with { Shapes = result.Shapes.SetItem(text[..colon], dims.ToImmutable()) };
        }
        return Result<ShapeOverrides>.Ok(result);
    }

    static long? Extent(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var extent) && extent <= int.MaxValue ? extent : null;

    static Result<ShapeOverrides> Fail(string text, string reason) =>
        Result<ShapeOverrides>.Fail(Diagnostic.Create(Descriptors.BadShapeOverride, null, text, reason));
}
