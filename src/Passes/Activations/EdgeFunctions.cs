using Onnxc.IR;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Activations;

/// <summary>
/// Functions of single numbers, one for every pair of an output and an input, before they are summed over the inputs: what operators of single numbers make of
/// [..., inputs], which an axis of one for the outputs is put into, and constants that differ from edge to edge. The two axes may also stand the other way round.
/// </summary>
sealed class EdgeFunctions
{
    const int MostNodes = 400;

    readonly List<(Func<double[], double> Operation, int[] From, double[] Operands, int To)> steps = [];
    readonly List<(double[] Numbers, int OutputStride, int InputStride, int Slot)> varying = [];
    readonly Dictionary<Value, int> slots;
    readonly HashSet<Value> flat;
    readonly double[] values;

    EdgeFunctions(Value x, Node sum, int axis, IReadOnlyList<Node> nodes, HashSet<Value> flat)
    {
        this.flat = flat;
        var shape = sum.Input(0)!.Shape!;
        (X, Sum, InputAxis, Nodes) = (x, sum, axis, nodes);
        (Inputs, Outputs) = ((int)shape[axis].Extent, (int)shape[OutputAxis].Extent);
        slots = new() { [x] = 0 };
        var count = 1;
        foreach (var node in nodes)
        {
            var from = new List<int>();
            foreach (var input in Operands(node))
            {
                if (input.Constant is not { } data)
                {
                    from.Add(slots[input]);
                    continue;
                }
                var (outputStride, inputStride) = IsFlat(node.Output) ? (0, Stride(data, shape.Rank - 2, shape.Rank - 1)) : (Stride(data, OutputAxis, shape.Rank), Stride(data, InputAxis, shape.Rank));
                varying.Add((FloatingTensor.Read(data), outputStride, inputStride, count));
                from.Add(count++);
            }
            steps.Add((IsView(node) ? v => v[0] : PointwiseOperators.Of(node)!, [.. from], new double[from.Count], count));
            slots[node.Output] = count++;
        }
        values = new double[count];
    }

    /// <summary>With an axis of one in the place of the outputs, unless it is <see cref="IsFlat"/>.</summary>
    public Value X { get; }

    public Node Sum { get; }

    public int InputAxis { get; }

    public int OutputAxis => 2 * Sum.Input(0)!.Shape!.Rank - 3 - InputAxis;

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>In the order of the graph.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>Null where <paramref name="sum"/> is no sum over one of the last two axes of functions of single numbers, of which one is of a kind.</summary>
    public static EdgeFunctions? Under(Node sum, NodePlaces places, Func<Node, bool> isCore)
    {
        if (!sum.Op.Is("ReduceSum") || sum.Attributes.Int("keepdims", 1) is not 0 || sum.Input(1)?.Constant is not { ElementCount: 1, Element: ElementType.Int64 } axes) return null;
        if (sum.Input(0)!.Shape is not { Rank: >= 2 } shape) return null;
        var axis = (int)axes.ToArray<long>()[0];
        if (axis < 0) axis += shape.Rank;
        if (axis < shape.Rank - 2 || axis >= shape.Rank || shape[shape.Rank - 1].Extent is not > 0 || shape[shape.Rank - 2].Extent is not > 0) return null;
        var (other, inputs) = (2 * shape.Rank - 3 - axis, shape[axis].Extent);
        var (open, nodes) = (new HashSet<Value> { sum.Input(0)! }, new HashSet<Node>());
        while (nodes.Count < MostNodes)
        {
            var next = places.Latest(open);
            // Up to where the axis of one is put in, if it is.
            if (open.Count == 1 && nodes.Any(isCore) && (IsOfInputs(next, flat: true) || IsOfInputs(next, flat: false) && (next.Producer is not { } above || !PutsInAxis(above))))
                return Aligned(next, [.. places.InOrder(nodes)]);
            if (next.Producer is not { } node || !places.Contains(node) || !PutsInAxis(node) && !node.Op.Is("Expand") && PointwiseOperators.Of(node) is null) return null;
            open.Remove(next);
            nodes.Add(node);
            open.UnionWith(Operands(node).Where(o => o.Constant is null));
            if (open.Count == 0) return null;
        }
        return null;

        bool IsOfInputs(Value value, bool flat) => value.Shape is { } s
            && (flat ? s.Rank == shape.Rank - 1 && s[s.Rank - 1].Extent == inputs : s.Rank == shape.Rank && s[other].Extent == 1 && s[axis].Extent == inputs);

        // The axis of the outputs.
        bool PutsInAxis(Node node) => places.Contains(node) && (node.Op.Is("Unsqueeze") || node.Op.Is("Reshape") && shape.Rank == 3)
            && IsOfInputs(node.Output, flat: false) && IsOfInputs(node.Input(0)!, flat: true);

        // Numbers with that axis meet none without it, and constants are the same for all rows.
        EdgeFunctions? Aligned(Value x, List<Node> inOrder)
        {
            HashSet<Value> flat = IsOfInputs(x, flat: true) ? [x] : [];
            foreach (var node in inOrder)
            {
                var operands = Operands(node).ToList();
                var some = operands.Exists(flat.Contains);
                if ((some || IsView(node) && !node.Op.Is("Expand")) && operands.Exists(o => o.Constant is null && !flat.Contains(o))) return null;
                if (IsView(node) && (operands[0].Constant is not null || node.Op.Is("Expand") && (some || !KeepsRows(node)))) return null;
                if (operands.Exists(o => o.Constant is { } data && !IsOfEdges(data, some))) return null;
                if (some && !IsView(node)) flat.Add(node.Output);
            }
            return new(x, sum, axis, inOrder, flat);
        }

        bool KeepsRows(Node node) => node.Output.Shape is { } to && node.Input(0)!.Shape is { } from && to.Rank == shape.Rank && from.Rank == shape.Rank
            && Enumerable.Range(0, shape.Rank - 2).All(i => to[i] == from[i] && !to[i].IsUnknown);

        bool IsOfEdges(TensorData data, bool flat)
        {
            if (data is SparseTensor || !FloatingTensor.CanWrite(data.Element) || data.Dims.Length > shape.Rank - (flat ? 1 : 0)) return false;
            // From the last axis on.
            for (var at = 1; at <= data.Dims.Length; at++)
            {
                var extent = flat ? at == 1 ? inputs : 1 : at <= 2 ? shape[shape.Rank - at].Extent : 1;
                if (data.Dims[^at] != 1 && data.Dims[^at] != extent) return false;
            }
            return true;
        }
    }

    /// <summary>Without the axis of the outputs.</summary>
    public bool IsFlat(Value value) => flat.Contains(value);

    /// <summary>True for nodes that leave every number as it is.</summary>
    public static bool IsView(Node node) => node.Op.Is("Expand") || node.Op.Is("Unsqueeze") || node.Op.Is("Reshape");

    /// <summary>The edge whose function <see cref="Evaluate"/> computes.</summary>
    public void Select(int output, int input)
    {
        foreach (var (numbers, outputStride, inputStride, slot) in varying) values[slot] = numbers[output * outputStride + input * inputStride];
    }

    /// <summary>What <paramref name="value"/> of its graph is.</summary>
    public double Evaluate(Value value, double x)
    {
        values[0] = x;
        foreach (var (operation, from, operands, to) in steps)
        {
            for (var i = 0; i < from.Length; i++) operands[i] = values[from[i]];
            values[to] = operation(operands);
        }
        return values[slots[value]];
    }

    // A shape is no operand.
    static IEnumerable<Value> Operands(Node node) => IsView(node) ? [node.Input(0)!] : node.Inputs.OfType<Value>();

    static long Extent(TensorData data, int axis, int rank) => axis - rank + data.Dims.Length is >= 0 and var at ? data.Dims[at] : 1;

    static int Stride(TensorData data, int axis, int rank) =>
        Extent(data, axis, rank) == 1 ? 0 : (int)data.Dims.Skip(axis - rank + data.Dims.Length + 1).Aggregate(1L, (a, b) => a * b);
}
