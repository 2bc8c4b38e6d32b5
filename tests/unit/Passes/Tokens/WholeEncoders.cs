using System.Globalization;
using Onnxc.Runtime;

namespace Onnxc.Tests.Passes.Tokens;

/// <summary>
/// Encoders from words or sound to a mean over tokens, as tracing exports them: two blocks, eight channels, two heads. Rows of their tables of
/// positions are equal in pairs.
/// </summary>
static class WholeEncoders
{
    public const int Words = 8, Frames = 16, Samples = 32;

    /// <summary>What stands between scores and softmax: <c>padding</c> hides padding, others cannot merge.</summary>
    public static string Text(string mask, string tokens = "8")
    {
        var lines = new List<string>
        {
            """
            ishape = Shape (input_ids)  length = Gather <axis = 0> (ishape, one)  lengthu = Unsqueeze (length, zeros)  places = Slice (position_ids, zeros, lengthu, ones)
              words = Gather <axis = 0> (table, input_ids)  where_ = Gather <axis = 0> (positions, places)  sum = Add (words, where_)  x = LayerNormalization <epsilon = 1e-12> (sum, scale, shift)
              row = Unsqueeze (attention_mask, ones)  grid = Unsqueeze (row, twos)  real = Cast <to = 1> (grid)  gone = Sub (unity, real)  low = Mul (gone, lowest)
            """,
        };
        var (given, apply) = mask switch
        {
            "causal" => ("", "masked@ = Add (scaled@, triangle)"),
            "causal-where" => ("", "far@ = Cast <to = 9> (triangle)  masked@ = Where (far@, lowest, scaled@)"),
            "pairs" => ($", float[batch,1,{tokens},{tokens}] hides", "masked@ = Add (scaled@, hides)"),
            "numbers" => ($", float[batch,1,1,{tokens}] hides", "masked@ = Add (scaled@, hides)"),
            _ => ("", "masked@ = Add (scaled@, low)"),
        };
        lines.AddRange(Blocks("x", apply));
        lines.Add("""
            column = Unsqueeze (attention_mask, minus)  whole = Shape (o1)  wide = Expand (column, whole)  seen = Cast <to = 1> (wide)  shown = Mul (o1, seen)
              total = ReduceSum <keepdims = 0> (shown, ones)  counted = ReduceSum <keepdims = 0> (seen, ones)  count = Clip (counted, tiny)  y = Div (total, count)
            """);
        return Model($"int64[batch,{tokens}] input_ids, int64[batch,{tokens}] attention_mask{given}", lines);
    }

    /// <summary>Two convolutions over time, the second of which takes every other place.</summary>
    public static string Audio()
    {
        var lines = new List<string>
        {
            """
            ca = Conv <kernel_shape = [3], pads = [1, 1]> (sound, front1, shift)  da = Div (ca, root2)  ea = Erf (da)  fa = Add (ea, unity)  ga = Mul (ca, fa)  ha = Mul (ga, half)
              cb = Conv <kernel_shape = [3], pads = [1, 1], strides = [2]> (ha, front2, shift)  db = Div (cb, root2)  eb = Erf (db)  fb = Add (eb, unity)  gb = Mul (cb, fb)  hb = Mul (gb, half)
              frames = Transpose <perm = [0,2,1]> (hb)  x = Add (frames, waves)
            """,
        };
        lines.AddRange(Blocks("x", "masked@ = Identity (scaled@)"));
        lines.Add("y = ReduceMean <axes = [1], keepdims = 0> (o1)");
        return Model("float[batch,3,32] sound", lines);
    }

    // Norms behind both additions; extents of reshapes come from shapes.
    static IEnumerable<string> Blocks(string x, string apply)
    {
        foreach (var block in new[] { "0", "1" })
        {
            yield return $"""
                s@ = Shape ($)  b@ = Gather <axis = 0> (s@, zero)  bu@ = Unsqueeze (b@, zeros)  t@ = Gather <axis = 0> (s@, one)  tu@ = Unsqueeze (t@, zeros)
                  apart@ = Concat <axis = 0> (bu@, tu@, twos, fours)  joined@ = Concat <axis = 0> (bu@, tu@, eights)
                  ql@ = MatMul ($, qw@)  qb@ = Add (shift, ql@)  qr@ = Reshape (qb@, apart@)  q@ = Transpose <perm = [0,2,1,3]> (qr@)
                  kl@ = MatMul ($, kw@)  kb@ = Add (shift, kl@)  kr@ = Reshape (kb@, apart@)  k@ = Transpose <perm = [0,2,3,1]> (kr@)
                  vl@ = MatMul ($, vw@)  vb@ = Add (shift, vl@)  vr@ = Reshape (vb@, apart@)  v@ = Transpose <perm = [0,2,1,3]> (vr@)
                  qk@ = MatMul (q@, k@)  scaled@ = Div (qk@, two)  {apply}  p@ = Softmax <axis = -1> (masked@)
                  m@ = MatMul (p@, v@)  mt@ = Transpose <perm = [0,2,1,3]> (m@)  j@ = Reshape (mt@, joined@)  a@ = MatMul (j@, ow@)  h@ = Add (a@, $)  n@ = LayerNormalization (h@, scale, shift)
                  u@ = MatMul (n@, fw@)  r@ = Tanh (u@)  f@ = Add (r@, n@)  o@ = LayerNormalization (f@, scale, shift)
                """.Replace("@", block, StringComparison.Ordinal).Replace("$", x, StringComparison.Ordinal);
            x = "o" + block;
        }
    }

    static string Model(string inputs, List<string> lines)
    {
        var random = new SplitMix(33);
        var text = string.Join("\n  ", lines);
        var weights = new List<string>
        {
            "int64 zero = {0}, int64 one = {1}, int64[1] zeros = {0}, int64[1] ones = {1}, int64[1] twos = {2}, int64[1] fours = {4}, int64[1] eights = {8}, int64[1] minus = {-1}",
            "float unity = {1}, float half = {0.5}, float two = {2}, float root2 = {1.4142135}, float tiny = {1e-9}, float lowest = {-3.4028235e38}",
            $"int64[1,16] position_ids = {{{string.Join(", ", Enumerable.Range(0, 16))}}}",
            $"float[8,8] triangle = {{{string.Join(", ", Enumerable.Range(0, 64).Select(i => i % 8 > i / 8 ? "-10000" : "0"))}}}",
            Weight("float[8] scale", 8), Weight("float[8] shift", 8), Weight("float[20,8] table", 160), Weight("float[8,3,3] front1", 72), Weight("float[8,8,3] front2", 192),
            Paired("float[16,8] positions"), Paired("float[1,16,8] waves"),
        };
        foreach (var name in new[] { "qw", "kw", "vw", "ow", "fw" }) weights.AddRange([Weight($"float[8,8] {name}0", 64), Weight($"float[8,8] {name}1", 64)]);
        return $$"""
            <ir_version: 8, opset_import: ["": 17]>
            g ({{inputs}}) => (float[batch,8] y) <{{string.Join(",\n  ", weights)}}> {
              {{text}}
            }
            """;

        string Weight(string name, int count) => $"{name} = {{{string.Join(", ", Numbers(count))}}}";

        string Paired(string name) => $"{name} = {{{string.Join(", ", Enumerable.Range(0, 8).Select(_ => string.Join(", ", Numbers(8)) is var row ? $"{row}, {row}" : ""))}}}";

        List<string> Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (0.6 * random.Normal()).ToString("F4", CultureInfo.InvariantCulture))];
    }
}
