using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>A product with a constant matrix, or a stack of them, and a bias: <c>x·W + b</c>, or some of its columns.</summary>
/// <param name="Columns">Every so manyth column from the first one on; all when null.</param>
/// <param name="Node">The product.</param>
sealed record LinearMap(Node Node, Value Source, bool IsTransposed, (Node Node, int Slot)? BiasAt, (int Start, int Step, int Count)? Columns)
{
    public Value Input => Node.Input(0)!;

    public TensorData? BiasData => BiasAt is var (node, slot) ? node.Input(slot)!.Constant : null;

    public TensorData Weight => Source.Constant!;

    /// <summary>True when the constant is <see cref="Matrix"/> as it stands.</summary>
    public bool IsPlain => !IsTransposed && Columns is null;

    /// <summary>The matrices, [..., inputs, outputs].</summary>
    public TensorData Matrix
    {
        get
        {
            var matrix = IsTransposed ? ExpertTensor.Transpose(Weight) : Weight;
            return Columns is { } c ? ExpertTensor.Columns(matrix, c.Start, c.Step, c.Count) : matrix;
        }
    }

    /// <summary>One number for each output; null for none.</summary>
    public TensorData? Bias => BiasData is { } data && Columns is { } c ? ExpertTensor.Columns(data, c.Start, c.Step, c.Count) : BiasData;

    public int Outputs => Columns?.Count ?? (int)Weight.Dims[IsTransposed ? ^2 : ^1];

    /// <summary>The map that makes <paramref name="value"/>; null when none does.</summary>
    public static LinearMap? Of(Value value)
    {
        if (value.Producer is not { } node) return null;
        if (node.Op.Is("MatMul")) return node.Input(0) is not null && Factor(node.Input(1)) is var (source, transposed) ? new(node, source, transposed, null, null) : null;
        if (node.Op.Is("Gemm")) return OfGemm(node);
        if (node.Op.Is("Add")) return WithBias(node, 0) ?? WithBias(node, 1);
        if (node.Op.Is("Slice")) return Sliced(node);
        return node.Op.Is("Split") ? Part(node, value.OutputIndex) : null;
    }

    static (Value Source, bool IsTransposed)? Factor(Value? value)
    {
        if (value?.Constant is { Dims.Length: 2 or 3 } data && ExpertTensor.IsSupported(data)) return (value, false);
        if (value?.Producer is not { } node || !node.Op.Is("Transpose") || node.Input(0)?.Constant is not { Dims.Length: 2 or 3 } turned || !ExpertTensor.IsSupported(turned)) return null;
        var perm = node.Attributes.Ints("perm");
        return turned.Dims.Length == 2 ? (perm is null or [1, 0] ? (node.Input(0)!, true) : null) : perm is [0, 2, 1] ? (node.Input(0)!, true) : null;
    }

    static LinearMap? OfGemm(Node node)
    {
        if (node.Input(0) is null || Factor(node.Input(1)) is not var (source, transposed) || source.Constant!.Dims.Length != 2) return null;
        if (node.Attributes.Float("alpha", 1) != 1 || node.Attributes.Int("transA", 0) != 0 || node.Attributes.Int("transB", 0) is not { } turn) return null;
        var map = new LinearMap(node, source, transposed != (turn != 0), null, null);
        if (node.Input(2) is not { } bias) return map;
        return node.Attributes.Float("beta", 1) == 1 && IsBias(bias.Constant, map) ? map with { BiasAt = (node, 2) } : null;
    }

    static LinearMap? WithBias(Node node, int slot) =>
        node.Input(slot)?.Constant is { } bias && node.Input(1 - slot) is { } sum && Of(sum) is { BiasAt: null, Columns: null } map && IsBias(bias, map) ? map with { BiasAt = (node, slot) } : null;

    // One number for each column, for all matrices or for each.
    static bool IsBias(TensorData? bias, LinearMap map) =>
        ExpertTensor.IsSupported(bias) && bias!.Dims.Length > 0 && bias.Dims[^1] == map.Outputs
        && (bias.ElementCount == map.Outputs || (map.Weight.Dims.Length == 3 && bias.Dims is [var experts, 1, _] && experts == map.Weight.Dims[0]));

    static LinearMap? Sliced(Node node)
    {
        if (node.Input(0) is not { } all || Of(all) is not { Columns: null } map) return null;
        if (ConstantVector.Int64s(node.Input(1)) is not [var start] || ConstantVector.Int64s(node.Input(2)) is not [var end]) return null;
        var step = node.Input(4) is null ? 1 : ConstantVector.Int64s(node.Input(4)) is [var s] ? s : 0;
        if (ConstantVector.Int64s(node.Input(3)) is not [var axis] || !IsLast(axis, map, all) || step < 1) return null;
        var width = map.Outputs;
        (start, end) = (start < 0 ? start + width : start, end < 0 ? end + width : Math.Min(end, width));
        return start < 0 || end <= start ? null : map with { Columns = ((int)start, (int)step, (int)((end - start + step - 1) / step)) };
    }

    static LinearMap? Part(Node node, int index)
    {
        if (node.Input(0) is not { } all || Of(all) is not { Columns: null } map || node.Attributes.Int("axis", 0) is not { } axis || !IsLast(axis, map, all)) return null;
        var sizes = node.Input(1) is null ? null : ConstantVector.Int64s(node.Input(1));
        if (node.Input(1) is not null && sizes is null) return null;
        var parts = node.Outputs.Length;
        if (sizes is null && map.Outputs % parts != 0) return null;
        var start = sizes?.Take(index).Sum() ?? map.Outputs / parts * index;
        return map with { Columns = ((int)start, 1, (int)(sizes?[index] ?? map.Outputs / parts)) };
    }

    static bool IsLast(long axis, LinearMap map, Value value) => axis == -1 || axis == (value.Shape?.Rank ?? map.Weight.Dims.Length) - 1;
}
