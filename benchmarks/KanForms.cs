using Onnxc.IR;
using Onnxc.Text;

namespace Onnxc.Benchmarks;

/// <summary>Layers of Kolmogorov-Arnold networks as PyTorch exports them, with weights of a fixed pseudorandom sequence.</summary>
static class KanForms
{
    const int Intervals = 5, Degree = 3, Terms = Intervals + Degree;

    public static IReadOnlyList<string> Names { get; } = ["efficient-kan", "fast-kan", "relu-kan", "af-kan", "qkan"];

    public static Model Of(string form, int inputs, int outputs) => form switch
    {
        "efficient-kan" => EfficientKan(inputs, outputs),
        "fast-kan" => FastKan(inputs, outputs),
        "relu-kan" => ReluKan(inputs, outputs),
        "qkan" => Qkan(inputs, outputs),
        _ => AfKan(inputs, outputs),
    };

    static Model EfficientKan(int inputs, int outputs)
    {
        const float Width = 2f / Intervals;
        float[] knots = [.. Enumerable.Range(-Degree, Intervals + 2 * Degree + 1).Select(j => j * Width - 1)];
        var text = """
            xu = Unsqueeze (x, last)
            above = GreaterOrEqual (xu, before)
            below = Less (xu, behind)
            inside = And (above, below)
            b0 = Cast <to = 1> (inside)

            """;
        var constants = new Dictionary<string, TensorData>
        {
            ["before"] = PerInput(knots[..^1]),
            ["behind"] = PerInput(knots[1..]),
        };
        for (var d = 1; d <= Degree; d++)
        {
            text += $"""
                up{d} = Sub (xu, from{d})
                upq{d} = Div (up{d}, rise{d})
                left{d} = Slice (b{d - 1}, zero, last, two)
                upm{d} = Mul (upq{d}, left{d})
                down{d} = Sub (to{d}, xu)
                downq{d} = Div (down{d}, fall{d})
                right{d} = Slice (b{d - 1}, one, many, two)
                downm{d} = Mul (downq{d}, right{d})
                b{d} = Add (upm{d}, downm{d})

                """;
            constants[$"from{d}"] = PerInput(knots[..^(d + 1)]);
            constants[$"rise{d}"] = PerInput([.. knots[d..^1].Zip(knots[..^(d + 1)], (a, b) => a - b)]);
            constants[$"to{d}"] = PerInput(knots[(d + 1)..]);
            constants[$"fall{d}"] = PerInput([.. knots[(d + 1)..].Zip(knots[1..^d], (a, b) => a - b)]);
        }
        text += """
            flat = Reshape (b3, shape)
            spline = MatMul (flat, w)
            gate = Sigmoid (x)
            silu = Mul (x, gate)
            base = MatMul (silu, v)
            y = Add (base, spline)
            """;
        constants["w"] = Random(1, 0.1, inputs * Terms, outputs);
        constants["v"] = Random(2, 0.2, inputs, outputs);
        return Build(text, inputs, $"float[N,{outputs}] y", constants, ("shape", [-1, inputs * Terms]), ("zero", [0]), ("one", [1]), ("two", [2]), ("last", [-1]), ("many", [long.MaxValue]));

        TensorData PerInput(float[] row) => TensorData.Floats([.. Enumerable.Range(0, inputs).SelectMany(_ => row)], inputs, row.Length);
    }

    static Model FastKan(int inputs, int outputs) => Build("""
        normal = LayerNormalization <axis = -1, epsilon = 0.00001> (x, gamma, beta)
        nu = Unsqueeze (normal, last)
        distance = Sub (nu, centres)
        scaled = Div (distance, width)
        square = Pow (scaled, exponent)
        minus = Neg (square)
        phi = Exp (minus)
        flat = Reshape (phi, shape)
        spline = MatMul (flat, w)
        gate = Sigmoid (x)
        silu = Mul (x, gate)
        base = Gemm <transB = 1> (silu, v, b)
        y = Add (spline, base)
        """, inputs, $"float[N,{outputs}] y",
        new()
        {
            ["gamma"] = Random(3, 0.5, inputs),
            ["beta"] = Random(4, 0.2, inputs),
            ["centres"] = TensorData.Floats([.. Enumerable.Range(0, Terms).Select(j => -2 + j * 4f / 7)], Terms),
            ["width"] = TensorData.Scalar(4f / 7),
            ["exponent"] = TensorData.Scalar(2f),
            ["w"] = Random(5, 0.1, inputs * Terms, outputs),
            ["v"] = Random(6, 0.2, outputs, inputs),
            ["b"] = Random(7, 0.2, outputs),
        }, ("shape", [-1, inputs * Terms]), ("last", [-1]));

    static Model ReluKan(int inputs, int outputs)
    {
        float[] lows = [.. Enumerable.Range(-Degree, Terms).Select(j => j / (float)Intervals)];
        return Build("""
            xu = Unsqueeze (x, last)
            past = Sub (xu, lows)
            left = Relu (past)
            ahead = Sub (highs, xu)
            right = Relu (ahead)
            product = Mul (left, right)
            scaled = Mul (product, factor)
            phi = Mul (scaled, scaled)
            image = Reshape (phi, shape)
            summed = Conv (image, w, b)
            y = Reshape (summed, result)
            """, inputs, $"float[N,{outputs},1] y",
            new()
            {
                ["lows"] = TensorData.Floats([.. Enumerable.Range(0, inputs).SelectMany(_ => lows)], inputs, Terms),
                ["highs"] = TensorData.Floats([.. Enumerable.Range(0, inputs).SelectMany(_ => lows.Select(l => l + (Degree + 1f) / Intervals))], inputs, Terms),
                ["factor"] = TensorData.Scalar(4f * Intervals * Intervals / ((Degree + 1) * (Degree + 1))),
                ["w"] = Random(8, 0.1, outputs, 1, Terms, inputs),
                ["b"] = Random(9, 0.2, outputs),
            }, ("shape", [-1, 1, Terms, inputs]), ("result", [-1, outputs, 1]), ("last", [-1]));
    }

    /// <summary>SiLU, <c>quad1</c>, global attention and layer normalization; <paramref name="perBatch"/> has <c>func_norm</c>.</summary>
    public static Model AfKan(int inputs, int outputs, bool perBatch = false)
    {
        float[] lows = [.. Enumerable.Range(-Degree, Terms).Select(j => j / (float)Intervals)];
        const string Normal = """
            powers = Pow (product, two)
            norm = ReduceL2 <keepdims = 0> (powers)
            bounded = Clip (norm, tiny)
            unit = Div (powers, bounded)
            least = ReduceMin <keepdims = 0> (unit)
            most = ReduceMax <keepdims = 0> (unit)
            above = Sub (unit, least)
            span = Sub (most, least)
            phi = Div (above, span)
            """;
        return Build($"""
            xu = Unsqueeze (x, last)
            xe = Expand (xu, shape)
            low = Expand (lows, spread)
            high = Expand (highs, spread)
            past = Sub (xe, low)
            past_gate = Sigmoid (past)
            left = Mul (past, past_gate)
            ahead = Sub (high, xe)
            ahead_gate = Sigmoid (ahead)
            right = Mul (ahead, ahead_gate)
            product = Mul (left, right)
            {(perBatch ? Normal : "phi = Pow (product, two)")}
            scored = MatMul (phi, score)
            scores = Add (scored, score_bias)
            bound = Clip (temperature, one)
            cooled = Div (scores, bound)
            share = Softmax <axis = 1> (cooled)
            weighted = Mul (phi, share)
            u = ReduceSum <keepdims = 0> (weighted, last)
            normal = LayerNormalization <axis = -1, epsilon = 0.00001> (u, gamma, beta)
            gate = Sigmoid (normal)
            silu = Mul (normal, gate)
            y = MatMul (silu, w)
            """, inputs, $"float[N,{outputs}] y",
            new()
            {
                ["lows"] = TensorData.Floats(lows, 1, Terms),
                ["highs"] = TensorData.Floats([.. lows.Select(l => l + (Degree + 1f) / Intervals)], 1, Terms),
                ["two"] = TensorData.Scalar(2f),
                ["one"] = TensorData.Scalar(1f),
                ["tiny"] = TensorData.Scalar(1e-12f),
                ["score"] = Random(10, 0.3, Terms, 1),
                ["score_bias"] = Random(11, 0.2, 1),
                ["temperature"] = TensorData.Scalar(MathF.Sqrt(inputs)),
                ["gamma"] = Random(12, 0.5, inputs),
                ["beta"] = Random(13, 0.2, inputs),
                ["w"] = Random(14, 0.2, inputs, outputs),
            }, ("shape", [1, 1, Terms]), ("spread", [inputs, Terms]), ("last", [-1]));
    }

    /// <summary>Three rotations by the input, the difference of magnitudes, a scale and an offset, and SiLU, edge by edge.</summary>
    static Model Qkan(int inputs, int outputs)
    {
        const int Rotations = 3;
        var constants = new Dictionary<string, TensorData> { ["one"] = TensorData.Scalar(1f), ["half"] = TensorData.Scalar(0.5f), ["zero"] = TensorData.Scalar(0f) };
        var text = "xu = Unsqueeze (x, row)\nc = Cos (xu)\ns = Sin (xu)\nx0 = Identity (one)\ny0 = Identity (zero)\nz0 = Identity (zero)\n";
        for (var l = 0; l <= Rotations; l++)
        {
            if (l > 0) text += Turn($"x{l}", $"y{l}", $"u{l - 1}", $"v{l - 1}", "c", "s", $"i{l}");
            foreach (var (name, angle) in new[] { ("a", Random(20u + (uint)l, 2, outputs, inputs)), ("b", Random(30u + (uint)l, 2, outputs, inputs)) })
            {
                constants[$"{name}c{l}"] = TensorData.Floats(Array.ConvertAll(angle.ToArray<float>(), MathF.Cos), outputs, inputs);
                constants[$"{name}s{l}"] = TensorData.Floats(Array.ConvertAll(angle.ToArray<float>(), MathF.Sin), outputs, inputs);
            }
            text += Turn($"p{l}", $"v{l}", $"x{l}", $"y{l}", $"ac{l}", $"as{l}", $"j{l}");
            text += Turn($"z{l + 1}", $"u{l}", $"z{l}", $"p{l}", $"bc{l}", $"bs{l}", $"k{l}");
        }
        text += $"""
            up = Add (one, z{Rotations + 1})
            uph = Mul (up, half)
            upr = Sqrt (uph)
            down = Sub (one, z{Rotations + 1})
            downh = Mul (down, half)
            downr = Sqrt (downh)
            measured = Sub (upr, downr)
            shifted = Add (measured, offset)
            scaled = Mul (shifted, scale)
            gate = Sigmoid (x)
            silu = Mul (x, gate)
            su = Unsqueeze (silu, row)
            base = Mul (su, v)
            edges = Add (base, scaled)
            kept = Mul (edges, mask)
            y = ReduceSum <keepdims = 0> (kept, last)
            """;
        constants["offset"] = Random(40, 0.1, outputs, inputs);
        constants["scale"] = Random(41, 0.5, outputs, inputs);
        constants["v"] = Random(42, 0.2, outputs, inputs);
        constants["mask"] = TensorData.Floats([.. Enumerable.Repeat(1f, outputs * inputs)], outputs, inputs);
        return Build(text, inputs, $"float[N,{outputs}] y", constants, ("row", [-2]), ("last", [-1]));

        // (a, b) become a·cos - b·sin, and a·sin + b·cos.
        static string Turn(string a, string b, string fromA, string fromB, string cos, string sin, string at) => $"""
            {at}1 = Mul ({fromA}, {cos})
            {at}2 = Mul ({fromB}, {sin})
            {a} = Sub ({at}1, {at}2)
            {at}3 = Mul ({fromA}, {sin})
            {at}4 = Mul ({fromB}, {cos})
            {b} = Add ({at}3, {at}4)

            """;
    }

    static Model Build(string body, int inputs, string output, Dictionary<string, TensorData> constants, params (string Name, long[] Values)[] vectors)
    {
        foreach (var (name, values) in vectors) constants[name] = TensorData.Int64s(values, values.Length);
        var declared = string.Join(", ", constants.Select(c => $"{(c.Value.Element == ElementType.Int64 ? "int64" : "float")}[{string.Join(',', c.Value.Dims)}] {c.Key}").Select(d => d.Replace("[]", "", StringComparison.Ordinal)));
        var model = OnnxParser.Parse($"<ir_version: 10, opset_import: [\"\": 17]>\ng (float[N,{inputs}] x, {declared}) => ({output}) {{\n{body}\n}}", "kan").OrThrow();
        foreach (var input in model.Main.Inputs.Skip(1).ToList())
        {
            input.ReplaceAllUsesWith(model.Main.AddInitializer(input.Name + "_constant", constants[input.Name]));
            model.Main.RemoveInput(input);
        }
        // Of the last rotations some parts are of no use.
        while (model.Main.Nodes.LastOrDefault(n => n.Outputs.All(o => !o.HasUses)) is { } idle) model.Main.RemoveNode(idle);
        return model;
    }

    // A linear congruential sequence: evenly spread numbers, as an initialisation has them.
    static TensorData Random(uint seed, double scale, params long[] dims)
    {
        var (state, values) = (seed * 2654435761u, new float[dims.Aggregate(1L, (a, b) => a * b)]);
        for (var i = 0; i < values.Length; i++)
        {
            state = state * 1664525u + 1013904223u;
            values[i] = (float)(scale * (state / 2147483648.0 - 1));
        }
        return TensorData.Floats(values, dims);
    }
}
