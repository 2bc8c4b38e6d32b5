using System.Globalization;
using Onnxc.Runtime;

namespace Onnxc.Tests.Passes.Tokens;

/// <summary>
/// Encoders of two blocks and eight or nine tokens, in the forms that exporters give them, with random weights. Their input are the tokens; two heads
/// of four channels.
/// </summary>
static class EncoderForms
{
    public const int Width = 8;

    public static string[] Names { get; } = ["timm", "hugging-face", "torch", "post-norm", "batch-norm", "decomposed-norm", "turned-product", "gemm", "fused", "joined", "skip-norm", "masked", "pooled", "pooled-patches", "distilled", "softmax-pooled", .. ExportedAttention.Names];

    /// <summary>The text of a model; tokens that pool or pick at the end follow from the form.</summary>
    public static (string Text, int Tokens) Of(string form)
    {
        var hasClass = form is not ("pooled" or "batch-norm" or "softmax-pooled");
        var tokens = form == "distilled" ? 10 : hasClass ? 9 : 8;
        var random = new SplitMix(9);
        var initializers = new List<string>();
        var body = new List<string>();
        var x = "x";
        // Where tokens come before samples all the way.
        var isTurned = form == "module-sequence-first";
        if (isTurned) body.Add($"{x = "turned"} = Transpose <perm = [1,0,2]> (x)");
        for (var i = 0; i < 2; i++) x = Block(form, tokens, x, string.Create(CultureInfo.InvariantCulture, $"{i}"), body, Weight);
        if (isTurned) body.Add($"back = Transpose <perm = [1,0,2]> ({x})");
        body.AddRange(Head(form, isTurned ? "back" : x, Weight));
        var text = $$"""
            <ir_version: 8, opset_import: ["": 17, "com.microsoft": 1]>
            g (float[batch,{{tokens}},8] x) => (float[batch,8] y) <{{string.Join(", ", initializers)}}> {
              {{string.Join("\n  ", body)}}
            }
            """;
        return (text, tokens);

        string Weight(string name, string type, params long[] given)
        {
            if (initializers.Exists(i => i.Contains($" {name} =", StringComparison.Ordinal))) return name;
            var count = type.Split('[', ',', ']').Skip(1).Where(d => d.Length > 0).Aggregate(1, (n, d) => n * int.Parse(d, CultureInfo.InvariantCulture));
            var values = given.Length > 0 ? given.Select(v => v.ToString(CultureInfo.InvariantCulture))
                : Enumerable.Range(0, count).Select(_ => (0.5 * random.Normal()).ToString("F4", CultureInfo.InvariantCulture));
            initializers.Add($"{type} {name} = {{{string.Join(", ", values)}}}");
            return name;
        }
    }

    static IEnumerable<string> Head(string form, string x, Func<string, string, long[], string> weight)
    {
        var (zero, one) = (weight("first", "int64[1]", [0]), weight("second", "int64[1]", [1]));
        var many = weight("many", "int64[1]", [long.MaxValue]);
        var pick = $"picked = Slice ({x}, {zero}, {one}, {one})\n  y = Squeeze (picked, {one})";
        return form switch
        {
            "pooled" => [$"y = ReduceMean <axes = [1], keepdims = 0> ({x})"],
            "batch-norm" => [$"across = Transpose <perm = [0,2,1]> ({x})", "pooled = GlobalAveragePool (across)", $"y = Squeeze (pooled, {weight("last", "int64[1]", [2])})"],
            "pooled-patches" => [$"patches = Slice ({x}, {one}, {many}, {one})", "y = ReduceMean <axes = [-2], keepdims = 0> (patches)"],
            "distilled" => [$"c = Gather <axis = 1> ({x}, zero)", $"d = Gather <axis = 1> ({x}, one)", "both = Add (c, d)", "y = Relu (both)"],
            "softmax-pooled" => [$"importance = MatMul ({x}, {weight("pool", "float[8,1]", [])})", "share = Softmax <axis = 1> (importance)",
                "row = Transpose <perm = [0,2,1]> (share)", $"sum = MatMul (row, {x})", $"y = Squeeze (sum, {one})"],
            _ => [pick],
        };
    }

    static string Block(string form, int tokens, string x, string i, List<string> body, Func<string, string, long[], string> weight)
    {
        weight("zero", "int64[1]", [0]);
        var isPost = form is "post-norm" or "skip-norm";
        var a = Attention(form, tokens, isPost ? x : Norm(form, x, $"na{i}", body, weight), i, body, weight);
        if (form == "skip-norm")
        {
            body.Add($"h{i} = com.microsoft.SkipLayerNormalization ({a}, {x}, {weight($"nb{i}s", "float[8]", [])}, {weight($"nb{i}b", "float[8]", [])})");
            body.Add($"u{i} = MatMul (h{i}, {weight($"up{i}", "float[8,16]", [])})");
            body.Add($"r{i} = Relu (u{i})");
            body.Add($"d{i} = MatMul (r{i}, {weight($"down{i}", "float[16,8]", [])})");
            body.Add($"o{i} = com.microsoft.SkipLayerNormalization (d{i}, h{i}, {weight($"nd{i}s", "float[8]", [])}, {weight($"nd{i}b", "float[8]", [])}, {weight($"db{i}", "float[8]", [])})");
            return $"o{i}";
        }
        body.Add($"h{i} = Add ({x}, {a})");
        var h = isPost ? Norm(form, $"h{i}", $"nb{i}", body, weight) : $"h{i}";
        var inner = isPost ? h : Norm(form, h, $"nc{i}", body, weight);
        body.Add($"u{i} = MatMul ({inner}, {weight($"up{i}", "float[8,16]", [])})");
        body.Add($"r{i} = Relu (u{i})");
        body.Add($"d{i} = MatMul (r{i}, {weight($"down{i}", "float[16,8]", [])})");
        body.Add($"o{i} = Add ({h}, d{i})");
        return isPost ? Norm(form, $"o{i}", $"nd{i}", body, weight) : $"o{i}";
    }

    static string Norm(string form, string x, string name, List<string> body, Func<string, string, long[], string> weight)
    {
        var (scale, bias) = (weight($"{name}s", "float[8]", []), weight($"{name}b", "float[8]", []));
        switch (form)
        {
            case "batch-norm":
                body.Add($"{name}t = Transpose <perm = [0,2,1]> ({x})");
                body.Add($"{name}n = BatchNormalization ({name}t, {scale}, {bias}, {bias}, {weight("variance", "float[8]", [1, 1, 1, 1, 1, 1, 1, 1])})");
                body.Add($"{name} = Transpose <perm = [0,2,1]> ({name}n)");
                break;
            case "decomposed-norm":
                body.Add($"{name}m = ReduceMean <axes = [-1]> ({x})");
                body.Add($"{name}d = Sub ({x}, {name}m)");
                body.Add($"{name}q = Mul ({name}d, {name}d)");
                body.Add($"{name}v = ReduceMean <axes = [-1]> ({name}q)");
                body.Add($"{name}e = Add ({name}v, {weight("tiny", "float[1]", [1])})");
                body.Add($"{name}r = Sqrt ({name}e)");
                body.Add($"{name}c = Div ({name}d, {name}r)");
                body.Add($"{name} = Mul ({name}c, {scale})");
                break;
            default:
                body.Add($"{name} = LayerNormalization <axis = -1> ({x}, {scale}, {bias})");
                break;
        }
        return name;
    }

    static string Attention(string form, int tokens, string x, string i, List<string> body, Func<string, string, long[], string> weight)
    {
        weight("one", "int64[1]", [1]);
        var joined = weight("joined", "int64[3]", form == "hugging-face" ? [-1, tokens, 8] : [0, tokens, 8]);
        void Add(string line) => body.Add(line.Replace("@", i, StringComparison.Ordinal));
        if (ExportedAttention.Of(form, weight) is { } exported)
        {
            foreach (var (name, type) in new[] { ("w", "float[8,24]"), ("wb", "float[24]"), ("go", "float[8,8]"), ("gb", "float[8]"), ("cq", "float[8,8,1]"), ("ck", "float[8,8,1]"), ("cv", "float[8,8,1]") }) weight($"{name}{i}", type, []);
            weight("rowsofheads", "int64[4]", [0, 2, 4, tokens]);
            weight("minustwos", "int64[1]", [-2]);
            weight("count", "int64[1]", [tokens]);
            weight("half", "float", [1]);
            weight("unity", "float[1]", [1]);
            weight("root", "float", [1]);
            Add(exported.Replace("$", x, StringComparison.Ordinal));
        }
        else if (form is "timm" or "distilled" or "pooled" or "pooled-patches")
        {
            Add($"qkv@ = MatMul ({x}, {weight($"w{i}", "float[8,24]", [])})");
            Add($"cut@ = Reshape (qkv@, {weight("cut", "int64[5]", [0, tokens, 3, 2, 4])})");
            Add("parts@ = Transpose <perm = [2,0,3,1,4]> (cut@)");
            Add("qq@, kk@, vv@ = Split <axis = 0> (parts@)");
            foreach (var part in new[] { "q", "k", "v" }) Add($"{part}@ = Squeeze ({part}{part}@, zero)");
            Add("kt@ = Transpose <perm = [0,1,3,2]> (k@)");
            Add("s@ = MatMul (q@, kt@)");
        }
        else if (form == "fused")
        {
            foreach (var part in new[] { "q", "k", "v" }) Add($"{part}l@ = MatMul ({x}, {weight($"{part}w{i}", "float[8,8]", [])})");
            Add($"jt@ = com.microsoft.MultiHeadAttention <num_heads = 2> (ql@, kl@, vl@, {weight($"qkvb{i}", "float[24]", [])})");
            Add($"l@ = MatMul (jt@, {weight($"proj{i}", "float[8,8]", [])})");
            Add($"a@ = Add (l@, {weight($"pb{i}", "float[8]", [])})");
            return $"a{i}";
        }
        else if (form is "joined" or "skip-norm")
        {
            Add($"jt@ = com.microsoft.Attention <num_heads = 2> ({x}, {weight($"w{i}", "float[8,24]", [])}, {weight($"qkvb{i}", "float[24]", [])})");
            Add($"l@ = MatMul (jt@, {weight($"proj{i}", "float[8,8]", [])})");
            Add($"a@ = Add (l@, {weight($"pb{i}", "float[8]", [])})");
            return $"a{i}";
        }
        else if (form == "torch")
        {
            // Tokens before samples inside; heads joined with samples.
            Add($"xt@ = Transpose <perm = [1,0,2]> ({x})");
            foreach (var part in new[] { "q", "k", "v" })
            {
                Add($"{part}l@ = MatMul (xt@, {weight($"{part}w{i}", "float[8,8]", [])})");
                Add($"{part}c@ = Reshape ({part}l@, {weight("joinedheads", "int64[3]", [tokens, -1, 4])})");
                Add($"{part}@ = Transpose <perm = [1,0,2]> ({part}c@)");
            }
            Add("kt@ = Transpose <perm = [0,2,1]> (k@)");
            Add("s@ = MatMul (q@, kt@)");
        }
        else
        {
            foreach (var part in new[] { "q", "k", "v" })
            {
                if (form == "gemm")
                {
                    Add($"{part}f@ = Reshape ({x}, {weight("rows", "int64[2]", [-1, 8])})");
                    Add($"{part}l@ = Gemm ({part}f@, {weight($"{part}w{i}", "float[8,8]", [])}, {weight($"{part}b{i}", "float[8]", [])})");
                }
                else Add($"{part}l@ = MatMul ({x}, {weight($"{part}w{i}", "float[8,8]", [])})");
                Add($"{part}c@ = Reshape ({part}l@, {weight("heads", "int64[4]", form == "gemm" ? [-1, tokens, 2, 4] : [0, 0, 2, 4])})");
                Add($"{part}@ = Transpose <perm = [0,2,1,3]> ({part}c@)");
            }
            if (form == "turned-product")
            {
                Add("qt@ = Transpose <perm = [0,1,3,2]> (q@)");
                Add("s@ = MatMul (k@, qt@)");
                Add("p@ = Softmax <axis = 2> (s@)");
                Add("pt@ = Transpose <perm = [0,1,3,2]> (p@)");
                Add("m@ = MatMul (pt@, v@)");
            }
            else
            {
                Add("kt@ = Transpose <perm = [0,1,3,2]> (k@)");
                Add("s@ = MatMul (q@, kt@)");
            }
        }
        if (form != "turned-product" && !ExportedAttention.Names.Contains(form))
        {
            Add($"half@ = Div (s@, {weight("two", "float[1]", [2])})");
            // A text encoder's mask, where a whole sequence is always given.
            if (form == "masked") Add($"open@ = Add (half@, {weight("mask", $"float[1,1,1,{tokens}]", new long[tokens])})");
            Add($"p@ = Softmax <axis = -1> ({(form == "masked" ? "open" : "half")}@)");
            Add("m@ = MatMul (p@, v@)");
        }
        if (form == "torch")
        {
            Add("mt@ = Transpose <perm = [1,0,2]> (m@)");
            Add($"j@ = Reshape (mt@, {weight("back", "int64[3]", [tokens, -1, 8])})");
            Add("jt@ = Transpose <perm = [1,0,2]> (j@)");
        }
        else if (!ExportedAttention.Names.Contains(form))
        {
            Add("mt@ = Transpose <perm = [0,2,1,3]> (m@)");
            Add($"jt@ = Reshape (mt@, {joined})");
        }
        Add($"l@ = MatMul (jt@, {weight($"proj{i}", "float[8,8]", [])})");
        Add($"a@ = Add (l@, {weight($"pb{i}", "float[8]", [])})");
        return $"a{i}";
    }
}
