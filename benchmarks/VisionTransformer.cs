using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Benchmarks;

/// <summary>
/// A vision transformer as timm exports it, with random weights: patches of 16 by 16 and a token of the class, norms in front, GELU as Erf.
/// What it says means nothing; its speed and its products are those of a trained one.
/// </summary>
sealed class VisionTransformer(int width, int depth, int heads, int image = 224)
{
    const int Patch = 16, Channels = 3, Classes = 1000;

    readonly int tokens = image / Patch * (image / Patch) + 1;
    readonly Random random = new(1);
    readonly Model model = new(8, OpsetImports.Empty.With("", 17));

    GraphBuilder builder = null!;

    public static VisionTransformer Base => new(768, 12, 12);

    public static VisionTransformer Large => new(1024, 24, 16);

    public int Depth => depth;

    /// <summary>Multiplications of the blocks for an image, when so many pairs merge in each block.</summary>
    public long Products(IReadOnlyList<long> pairs)
    {
        long count = tokens, sum = 0, square = (long)width * width;
        foreach (var merged in pairs)
        {
            sum += 4 * count * square + 2 * count * count * width + 8 * (count - merged) * square;
            count -= merged;
        }
        return sum;
    }

    public Model Make()
    {
        builder = new GraphBuilder(model.Main);
        var images = model.Main.AddInput("images", new TensorType(ElementType.Float, new Shape([Dim.Named("batch"), Channels, image, image])));
        var cells = builder.Op("Conv", [images, Noise(0.02f, width, Channels, Patch, Patch)], ("kernel_shape", new long[] { Patch, Patch }), ("strides", new long[] { Patch, Patch }));
        var patches = builder.Op("Transpose", [builder.Op("Reshape", [cells, Ints(0, width, -1)])], ("perm", new long[] { 0, 2, 1 }));
        var batch = builder.Op("Slice", [builder.Op("Shape", [patches]), Ints(0), Ints(1)]);
        var first = builder.Op("Expand", [Noise(0.02f, 1, 1, width), builder.Op("Concat", [batch, Ints(1), Ints(1)], ("axis", 0L))]);
        var x = builder.Op("Add", [builder.Op("Concat", [first, patches], ("axis", 1L)), Noise(0.5f, 1, tokens, width)]);
        for (var i = 0; i < depth; i++)
        {
            x = builder.Op("Add", [x, Attention(Norm(x))]);
            x = builder.Op("Add", [x, Perceptron(Norm(x))]);
        }
        var scores = Linear(builder.Op("Gather", [Norm(x), builder.Constant(TensorData.Scalar(0L))], ("axis", 1L)), width, Classes);
        scores.SetType(new TensorType(ElementType.Float, new Shape([Dim.Named("batch"), Classes])));
        model.Main.AddOutput(scores, "scores");
        return model;
    }

    Value Attention(Value x)
    {
        var joined = builder.Op("Reshape", [Linear(x, width, 3 * width), Ints(0, tokens, 3, heads, width / heads)]);
        var parts = builder.Op("Transpose", [joined], ("perm", new long[] { 2, 0, 3, 1, 4 }));
        var (query, key, value) = (Part(0), Part(1), Part(2));
        var scores = builder.Op("MatMul", [query, builder.Op("Transpose", [key], ("perm", new long[] { 0, 1, 3, 2 }))]);
        var weights = builder.Op("Softmax", [builder.Op("Mul", [scores, Number(1 / MathF.Sqrt(width / heads))])], ("axis", -1L));
        var mixed = builder.Op("Transpose", [builder.Op("MatMul", [weights, value])], ("perm", new long[] { 0, 2, 1, 3 }));
        return Linear(builder.Op("Reshape", [mixed, Ints(0, tokens, width)]), width, width);

        Value Part(long index) => builder.Op("Gather", [parts, builder.Constant(TensorData.Scalar(index))], ("axis", 0L));
    }

    Value Perceptron(Value x)
    {
        var inner = Linear(x, width, 4 * width);
        var error = builder.Op("Erf", [builder.Op("Div", [inner, Number(MathF.Sqrt(2))])]);
        var gelu = builder.Op("Mul", [builder.Op("Mul", [inner, builder.Op("Add", [error, Number(1)])]), Number(0.5f)]);
        return Linear(gelu, 4 * width, width);
    }

    Value Norm(Value x) => builder.Op("LayerNormalization", [x, Filled(1), Filled(0)], ("axis", -1L), ("epsilon", 1e-6f));

    Value Linear(Value x, int from, int to) => builder.Op("Add", [builder.Op("MatMul", [x, Noise(1 / MathF.Sqrt(from), from, to)]), Noise(0.02f, to)]);

    Value Number(float value) => builder.Constant(TensorData.Scalar(value));

    Value Ints(params long[] values) => builder.Constant(TensorData.Int64s(values));

    Value Filled(float value) => builder.Constant(TensorData.Floats([.. Enumerable.Repeat(value, width)]));

    Value Noise(float scale, params long[] dims)
    {
        var values = new float[dims.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++) values[i] = scale * (random.NextSingle() * 2 - 1) * MathF.Sqrt(3);
        return builder.Constant(new DenseTensor(ElementType.Float, [.. dims], MemoryMarshal.AsBytes<float>(values).ToArray()));
    }
}
