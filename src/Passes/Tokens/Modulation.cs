using System.Globalization;
using System.Text.RegularExpressions;
using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>Weights of PYRA for one block: a number for each pair and one for each channel, and the norm under them.</summary>
sealed partial record Modulation(float[] Rows, float[] Columns, float[] Scale, float[] Bias)
{
    /// <summary>What changes nothing: PYRA before it is trained.</summary>
    public static Modulation Neutral(long pairs, long width) =>
        new(new float[pairs], new float[width], [.. Enumerable.Repeat(1f, (int)width)], new float[width]);

    public Value[] Constants(GraphBuilder builder, ElementType element) =>
        [.. new[] { Rows, Columns, Scale, Bias }.Select(values => builder.Constant(FloatingType.Write(element, [values.Length], values)))];

    /// <summary>
    /// The weights of block <paramref name="block"/> in a file: <c>…12….W_r</c>, <c>…12….W_D</c>, and for the norm, which may be left out,
    /// <c>…12….norm.weight</c> and <c>…12….norm.bias</c>. <paramref name="problem"/> says what does not fit.
    /// </summary>
    public static Modulation? Read(IReadOnlyDictionary<string, TensorData> file, int block, long pairs, long width, out string? problem)
    {
        problem = null;
        var own = file.Where(f => NumberOf(f.Key) == block).OrderBy(f => f.Key, StringComparer.Ordinal).ToList();
        var (rows, columns) = (Find("w_r"), Find("w_d"));
        if (rows is null || columns is null) problem = string.Create(CultureInfo.InvariantCulture, $"it has no `W_{(rows is null ? "r" : "D")}` for block {block}");
        else if (rows.Length != pairs) problem = string.Create(CultureInfo.InvariantCulture, $"`W_r` of block {block} is for {rows.Length} pairs, but the schedule merges {pairs}");
        else if (columns.Length != width) problem = string.Create(CultureInfo.InvariantCulture, $"`W_D` of block {block} is for {columns.Length} channels, but tokens have {width}");
        if (problem is not null) return null;
        var neutral = Neutral(pairs, width);
        var (scale, bias) = (Find("weight") ?? neutral.Scale, Find("bias") ?? neutral.Bias);
        if (scale.Length == width && bias.Length == width) return new(rows!, columns!, scale, bias);
        problem = string.Create(CultureInfo.InvariantCulture, $"the norm of block {block} is not for {width} channels");
        return null;

        float[]? Find(string name)
        {
            var tensor = own.Find(f => f.Key.EndsWith(name, StringComparison.OrdinalIgnoreCase)).Value;
            if (tensor is null || !FloatingType.CanRead(tensor.Element) || tensor.ElementCount > int.MaxValue / 8) return null;
            var values = new float[tensor.ElementCount];
            FloatingType.Read(tensor.Element, tensor.Bytes, values);
            return values;
        }
    }

    static int NumberOf(string name) => Number().Match(name) is { Success: true } match && int.TryParse(match.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    [GeneratedRegex(@"(?<![0-9A-Za-z_])\d+(?![0-9A-Za-z_])")]
    private static partial Regex Number();
}
