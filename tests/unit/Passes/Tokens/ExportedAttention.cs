namespace Onnxc.Tests.Passes.Tokens;

/// <summary>Attention of packed projections as PyTorch's exporters write it, with targets of reshapes that are computed from shapes.</summary>
static class ExportedAttention
{
    public static string[] Names { get; } = ["traced-packed", "traced-sdpa", "dynamo-sdpa", "scaled-queries", "scaled-keys", "module-sdpa", "module-products", "module-sequence-first", "conv-projection"];

    /// <summary>Lines of the attention of block <c>@</c> of <c>$</c> up to the joined heads <c>jt@</c>; null for a form that is none of these.</summary>
    public static string? Of(string form, Func<string, string, long[], string> weight)
    {
        if (!Names.Contains(form)) return null;
        foreach (var number in new long[] { -1, 0, 1, 2, 3, 4, 8, 24 })
        {
            weight(Number(number), "int64", [number]);
            weight(Number(number) + "s", "int64[1]", [number]);
        }
        return form switch
        {
            "traced-packed" => Traced("parts@", Indexed, "qk@ = MatMul (q@, kt@)\n  s@ = Mul (qk@, half)"),
            "traced-sdpa" => Traced("parts@", Unbound, RootScaled),
            "dynamo-sdpa" => Dynamo,
            "scaled-queries" => Traced("parts@", Unbound, "qs@ = Mul (q@, half)\n  s@ = MatMul (qs@, kt@)"),
            "scaled-keys" => Traced("parts@", Indexed, "ks@ = Mul (kt@, half)\n  s@ = MatMul (q@, ks@)"),
            "conv-projection" => Convolved,
            _ => Module(form),
        };
    }

    static string Number(long number) => number < 0 ? "minus" : $"n{number}";

    // Every extent is taken from the shape, as tracing does.
    static string Extents(string of, params int[] axes) => string.Concat(axes.Select(a => $"""
        {of}s{a}@ = Shape ({of}@)
          {of}e{a}@ = Gather <axis = 0> ({of}s{a}@, n{a})
          {of}u{a}@ = Unsqueeze ({of}e{a}@, n0s)

        """)).TrimEnd();

    const string Indexed = """
        q@ = Gather <axis = 0> (parts@, n0)
          k@ = Gather <axis = 0> (parts@, n1)
          v@ = Gather <axis = 0> (parts@, n2)
          kt@ = Transpose <perm = [0,1,3,2]> (k@)
        """;

    const string Unbound = """
        q1@, k1@, v1@ = Split <axis = 0> (parts@)
          q@ = Squeeze (q1@, n0s)
          k@ = Squeeze (k1@, n0s)
          v@ = Squeeze (v1@, n0s)
          kt@ = Transpose <perm = [0,1,3,2]> (k@)
        """;

    // Queries and keys are each scaled by the root of the scale, which comes from the width of a head.
    const string RootScaled = """
        qshape@ = Shape (q@)
          lasts@ = Slice (qshape@, minuss, many)
          width@ = Cast <to = 1> (lasts@)
          root@ = Sqrt (width@)
          unit@ = Div (unity, root@)
          unitf@ = Cast <to = 1> (unit@)
          rootq@ = Sqrt (unitf@)
          qs@ = Mul (q@, rootq@)
          rootk@ = Sqrt (unitf@)
          ks@ = Mul (kt@, rootk@)
          s@ = MatMul (qs@, ks@)
        """;

    static string Traced(string parts, string split, string scores) => $"""
        in@ = Identity ($)
          {Extents("in", 0, 1, 2)}
          lin@ = MatMul ($, w@)
          qkv@ = Add (wb@, lin@)
          cut@ = Concat <axis = 0> (inu0@, inu1@, n3s, n2s, n4s)
          apart@ = Reshape (qkv@, cut@)
          {parts} = Transpose <perm = [2,0,3,1,4]> (apart@)
          {split}
          {scores}
          p@ = Softmax <axis = -1> (s@)
          m@ = MatMul (p@, v@)
          mt@ = Transpose <perm = [0,2,1,3]> (m@)
          whole@ = Concat <axis = 0> (inu0@, inu1@, inu2@)
          jt@ = Reshape (mt@, whole@)
        """;

    // The graph of torch.export: keys lose their batch and heads to one axis while they are turned.
    const string Dynamo = """
        first@ = Shape <start = 0, end = 1> (x)
          lin@ = MatMul ($, w@)
          qkv@ = Add (lin@, wb@)
          cut@ = Concat <axis = 0> (first@, count, n3s, n2s, n4s)
          apart@ = Reshape <allowzero = 1> (qkv@, cut@)
          parts@ = Transpose <perm = [2,0,3,1,4]> (apart@)
          q1@, k1@, v1@ = Split <axis = 0> (parts@)
          q@ = Squeeze (q1@, n0s)
          k@ = Squeeze (k1@, n0s)
          v@ = Squeeze (v1@, n0s)
          kshape@ = Shape (k@)
          klast@ = Slice (kshape@, minuss, many)
          kbefore@ = Slice (kshape@, minustwos, minuss)
          kfirst@ = Slice (kshape@, n0s, minustwos)
          flat@ = Concat <axis = 0> (minuss, kbefore@, klast@)
          kflat@ = Reshape (k@, flat@)
          kturned@ = Transpose <perm = [0,2,1]> (kflat@)
          kfull@ = Concat <axis = 0> (kfirst@, klast@, kbefore@)
          kt@ = Reshape (kturned@, kfull@)
          qs@ = Mul (q@, root)
          ks@ = Mul (kt@, root)
          s@ = MatMul (qs@, ks@)
          p@ = Softmax <axis = -1> (s@)
          m@ = MatMul (p@, v@)
          mt@ = Transpose <perm = [0,2,1,3]> (m@)
          whole@ = Concat <axis = 0> (first@, count, n8s)
          jt@ = Reshape <allowzero = 1> (mt@, whole@)
        """;

    const string BatchProducts = """
        qs@ = Mul (q3@, half)
          kt@ = Transpose <perm = [0,2,1]> (k3@)
          s@ = MatMul (qs@, kt@)
          p@ = Softmax <axis = -1> (s@)
          m@ = MatMul (p@, v3@)
          mt@ = Transpose <perm = [1,0,2]> (m@)
        """;

    const string HeadProducts = """
        four@ = Concat <axis = 0> (inu1@, n2s, inu0@, n4s)
          q@ = Reshape (q3@, four@)
          k@ = Reshape (k3@, four@)
          v@ = Reshape (v3@, four@)
          kt@ = Transpose <perm = [0,1,3,2]> (k@)
          qs@ = Mul (q@, root)
          ks@ = Mul (kt@, root)
          s@ = MatMul (qs@, ks@)
          p@ = Softmax <axis = -1> (s@)
          m@ = MatMul (p@, v@)
          mt@ = Transpose <perm = [2,0,1,3]> (m@)
        """;

    // nn.MultiheadAttention: tokens first, the packed projection cut by an axis that goes to the front, samples joined with heads.
    static string Module(string form)
    {
        var isFirst = form == "module-sequence-first";
        return $"""
            in@ = {(isFirst ? "Identity ($)" : "Transpose <perm = [1,0,2]> ($)")}
              {Extents("in", 0, 1, 2)}
              lin@ = MatMul (in@, w@)
              qkv@ = Add (wb@, lin@)
              cut@ = Concat <axis = 0> (inu0@, inu1@, n3s, n8s)
              apart@ = Reshape (qkv@, cut@)
              five@ = Unsqueeze (apart@, n0s)
              turned@ = Transpose <perm = [3,1,2,0,4]> (five@)
              parts@ = Squeeze (turned@, n3s)
              q0@ = Gather <axis = 0> (parts@, n0)
              k0@ = Gather <axis = 0> (parts@, n1)
              v0@ = Gather <axis = 0> (parts@, n2)
              rows@ = Mul (ine1@, n2)
              rowsu@ = Unsqueeze (rows@, n0s)
              tall@ = Concat <axis = 0> (inu0@, rowsu@, n4s)
              q2@ = Reshape (q0@, tall@)
              k2@ = Reshape (k0@, tall@)
              v2@ = Reshape (v0@, tall@)
              q3@ = Transpose <perm = [1,0,2]> (q2@)
              k3@ = Transpose <perm = [1,0,2]> (k2@)
              v3@ = Transpose <perm = [1,0,2]> (v2@)
              {(form == "module-products" ? BatchProducts : HeadProducts)}
              area@ = Mul (ine0@, ine1@)
              areau@ = Unsqueeze (area@, n0s)
              wide@ = Concat <axis = 0> (areau@, n8s)
              rows2@ = Reshape (mt@, wide@)
              g@ = Gemm <transB = 1> (rows2@, go@, gb@)
              back@ = Concat <axis = 0> (inu0@, inu1@, inu2@)
              jb@ = Reshape (g@, back@)
              jt@ = {(isFirst ? "Identity (jb@)" : "Transpose <perm = [1,0,2]> (jb@)")}
            """;
    }

    // Projections as convolutions over tokens.
    const string Convolved = """
        across@ = Transpose <perm = [0,2,1]> ($)
          q0@ = Conv <kernel_shape = [1]> (across@, cq@)
          k0@ = Conv <kernel_shape = [1]> (across@, ck@)
          v0@ = Conv <kernel_shape = [1]> (across@, cv@)
          q1@ = Reshape (q0@, rowsofheads)
          k1@ = Reshape (k0@, rowsofheads)
          v1@ = Reshape (v0@, rowsofheads)
          q@ = Transpose <perm = [0,1,3,2]> (q1@)
          s@ = MatMul (q@, k1@)
          sh@ = Mul (s@, half)
          p@ = Softmax <axis = -1> (sh@)
          v@ = Transpose <perm = [0,1,3,2]> (v1@)
          m@ = MatMul (p@, v@)
          mt@ = Transpose <perm = [0,2,1,3]> (m@)
          jt@ = Reshape (mt@, joined)
        """;
}
