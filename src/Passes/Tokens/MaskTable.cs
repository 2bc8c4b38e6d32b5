using System.Runtime.InteropServices;
using Onnxc.IR;
using Onnxc.Passes.Fuse.Algebra;

namespace Onnxc.Passes.Tokens;

/// <summary>
/// What values are where an entry of a mask is 0 and where it is 1: those that are made of it element by element, and of numbers that are the same
/// everywhere.
/// </summary>
sealed class MaskTable(Value root)
{
    static readonly Dictionary<string, Func<double, double, double>> Binary = new(StringComparer.Ordinal)
    {
        ["Add"] = (a, b) => a + b,
        ["Sub"] = (a, b) => a - b,
        ["Mul"] = (a, b) => a * b,
        ["Div"] = (a, b) => a / b,
        ["Min"] = Math.Min,
        ["Max"] = Math.Max,
        ["And"] = (a, b) => a * b,
        ["Or"] = Math.Max,
        ["Equal"] = (a, b) => a == b ? 1 : 0,
        ["Greater"] = (a, b) => a > b ? 1 : 0,
        ["GreaterOrEqual"] = (a, b) => a >= b ? 1 : 0,
        ["Less"] = (a, b) => a < b ? 1 : 0,
        ["LessOrEqual"] = (a, b) => a <= b ? 1 : 0,
    };

    static readonly HashSet<string> Moves = new(StringComparer.Ordinal) { "Identity", "Unsqueeze", "Squeeze", "Reshape", "Flatten", "Expand", "Tile", "Transpose", "Slice" };

    readonly Dictionary<Value, (double Zero, double One)?> known = new() { [root] = (0, 1) };

    public Value Root => root;

    /// <summary>The mask that a value is made of, [samples, tokens]; null when it is made of something else, or of several.</summary>
    public static MaskTable? Of(Value value)
    {
        var leaves = new HashSet<Value>();
        Collect(value, leaves, []);
        // Numbers of words tell padding by a comparison, whose result is the mask.
        foreach (var candidate in leaves.Count == 1 ? leaves.Concat(Comparisons(value)) : Comparisons(value))
            if (candidate.Shape is { Rank: 2 } && new MaskTable(candidate) is var table && table.ValuesOf(value) is var (zero, one) && zero != one) return table;
        return null;
    }

    static void Collect(Value value, HashSet<Value> leaves, HashSet<Value> seen)
    {
        if (!seen.Add(value) || value.Constant is not null) return;
        if (value.Producer is not { } node || !ReferenceEquals(node.Graph, value.Graph) || !(Moves.Contains(node.Op.Name) || IsElementwise(node)))
        {
            if (value.Producer?.Op.Name != "ConstantOfShape") leaves.Add(value);
            return;
        }
        foreach (var input in Moves.Contains(node.Op.Name) ? node.Inputs.Take(1) : node.Inputs)
            if (input is not null) Collect(input, leaves, seen);
    }

    static IEnumerable<Value> Comparisons(Value value)
    {
        var (open, seen) = (new Queue<Value>([value]), new HashSet<Value>());
        while (open.TryDequeue(out var next))
        {
            if (!seen.Add(next) || next.Producer is not { } node || !(Moves.Contains(node.Op.Name) || IsElementwise(node))) continue;
            if (next is { ElementType: ElementType.Bool, Shape.Rank: 2 }) yield return next;
            foreach (var input in node.Inputs)
                if (input is { Constant: null }) open.Enqueue(input);
        }
    }

    static bool IsElementwise(Node node) => node.Op.IsStandard && (node.Op.Name is "Cast" or "Not" or "Neg" or "Where" || (Binary.ContainsKey(node.Op.Name) && node.InputCount == 2));

    /// <summary>The two values; null where there are more.</summary>
    public (double Zero, double One)? ValuesOf(Value value)
    {
        if (known.TryGetValue(value, out var settled)) return settled;
        known[value] = null;
        return known[value] = Compute(value);
    }

    (double Zero, double One)? Compute(Value value)
    {
        if (value.Constant is { } data) return Uniform(data) is { } number ? (number, number) : null;
        if (value.Producer is not { } node || !node.Op.IsStandard) return null;
        if (node.Op.Is("ConstantOfShape")) return node.Attributes.Tensor("value") is not { } fill ? (0, 0) : Uniform(fill) is { } number ? (number, number) : null;
        if (Moves.Contains(node.Op.Name)) return ValuesOf(node.Input(0)!);
        if (!IsElementwise(node)) return null;
        var inputs = new List<(double Zero, double One)>();
        foreach (var input in node.Inputs)
        {
            if (input is null || ValuesOf(input) is not { } pair) return null;
            inputs.Add(pair);
        }
        return (Apply(node, value, [.. inputs.Select(i => i.Zero)]), Apply(node, value, [.. inputs.Select(i => i.One)]));
    }

    static double Apply(Node node, Value output, double[] inputs) => node.Op.Name switch
    {
        "Cast" when output.ElementType == ElementType.Bool => inputs[0] != 0 ? 1 : 0,
        "Cast" => inputs[0],
        "Not" => 1 - inputs[0],
        "Neg" => -inputs[0],
        "Where" => inputs[0] != 0 ? inputs[1] : inputs[2],
        var name => Binary[name](inputs[0], inputs[1]),
    };

    /// <summary>The number that is everywhere in a tensor; null where there are several.</summary>
    public static double? Uniform(TensorData data)
    {
        if (Scalars.Splat(data) is not { } number) return null;
        if (FloatingType.CanRead(number.Element))
        {
            var read = new float[1];
            FloatingType.Read(number.Element, number.Bytes, read);
            return read[0];
        }
        return number.Element switch
        {
            ElementType.Bool => number.Bytes[0],
            ElementType.Int32 => MemoryMarshal.Read<int>(number.Bytes),
            ElementType.Int64 => MemoryMarshal.Read<long>(number.Bytes),
            _ => null,
        };
    }
}
