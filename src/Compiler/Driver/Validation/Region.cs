using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Compilation.Validation;

/// <summary>The nodes of one model that compute the targets of obligations from a boundary, producers first.</summary>
sealed class Region
{
    const int MostNodes = 3000;

    readonly ModelNumbering numbering;
    readonly Func<int, bool> begins;
    readonly List<Node> nodes = [];
    readonly HashSet<Node> seen = [];
    readonly HashSet<Value> weights = [];
    readonly SortedSet<int> inputs = [];
    readonly Func<int, TensorType?> provided;
    readonly SortedSet<int> taken = [];
    readonly Dictionary<int, Value> computed = [];
    readonly List<Value> targets;

    /// <summary>Walks back from <paramref name="targets"/>, which never begin it, to constants and values whose numbers <paramref name="begins"/> takes.</summary>
    /// <param name="provided">Types of further values at which it begins, because another region, which runs before, computes them.</param>
    public Region(ModelNumbering numbering, Func<int, bool> begins, IEnumerable<Value> targets, Func<int, TensorType?>? provided = null)
    {
        (this.numbering, this.begins, this.targets, this.provided) = (numbering, begins, [.. targets], provided ?? (_ => null));
        foreach (var target in this.targets)
        {
            if (target.Constant is not null) continue;
            if (target.Producer is { } producer) Collect(producer);
            else Begin(target);
        }
    }

    /// <summary>Why the region cannot be run by itself; null when it can.</summary>
    public string? Problem { get; private set; }

    public IReadOnlyList<Node> Nodes => nodes;

    /// <summary>Bytes of the constants that the nodes use.</summary>
    public long WeightBytes { get; private set; }

    /// <summary>Numbers of the values at which the region begins.</summary>
    public IReadOnlySet<int> Inputs => inputs;

    /// <summary>Numbers of the values that it takes from another region, once it is built.</summary>
    public IReadOnlySet<int> Taken => taken;

    public bool Computes(int number) => computed.ContainsKey(number);

    void Collect(Node root)
    {
        var stack = new Stack<(Node Node, bool Done)>([(root, false)]);
        while (Problem is null && stack.TryPop(out var top))
        {
            if (top.Done)
            {
                nodes.Add(top.Node);
                foreach (var output in top.Node.Outputs) computed.TryAdd(numbering.NumberOf(output), output);
            }
            if (top.Done || !seen.Add(top.Node)) continue;
            if (!numbering.IsPure(top.Node)) Problem = $"{top.Node} is random, stateful or unknown";
            else if (HasParameters(top.Node)) Problem = $"{top.Node} takes a parameter of its function";
            else if (seen.Count > MostNodes) Problem = FormattableString.Invariant($"more than {MostNodes} nodes");
            stack.Push((top.Node, true));
            foreach (var need in Needs(top.Node))
            {
                if (need.Constant is { } data)
                {
                    if (weights.Add(need)) WeightBytes += data.ByteLength;
                    continue;
                }
                var number = numbering.NumberOf(need);
                if (need.Producer is { } producer && !begins(number) && provided(number) is null) stack.Push((producer, false));
                else Begin(need);
            }
        }
    }

    void Begin(Value value)
    {
        var number = numbering.NumberOf(value);
        if (begins(number)) inputs.Add(number);
        else if (provided(number) is not null) return;
        else Problem ??= $"`{value.Name}` is not in both models";
    }

    /// <summary>
    /// The region as a model whose inputs are called after their numbers, and its targets after their positions. Large constants become inputs
    /// that start with <paramref name="side"/>, and stand in <paramref name="fed"/>. Values of the numbers in <paramref name="given"/> are outputs as well.
    /// </summary>
    public ModelExtract Build(FunctionSection functions, IReadOnlyDictionary<int, TensorType> types, string side, Dictionary<string, TensorData> fed,
        IEnumerable<int>? given = null)
    {
        var extract = new ModelExtract(numbering.Model.Main, functions);
        var begun = new Dictionary<int, Value>();
        foreach (var node in nodes)
        {
            foreach (var need in Needs(node)) Supply(extract, need, types, begun, side, fed);
            extract.AddNode(node);
        }
        for (var i = 0; i < targets.Count; i++)
        {
            Supply(extract, targets[i], types, begun, side, fed);
            extract.AddOutput(targets[i], TargetName(i));
        }
        foreach (var number in given ?? []) extract.AddOutput(computed[number], InputName(number));
        foreach (var (number, type) in types)
            if (!begun.ContainsKey(number)) extract.AddUnusedInput(InputName(number), type);
        return extract;
    }

    public static string InputName(int number) => FormattableString.Invariant($"input/{number}");

    public static string TargetName(int index) => FormattableString.Invariant($"target/{index}");

    void Supply(ModelExtract extract, Value value, IReadOnlyDictionary<int, TensorType> types, Dictionary<int, Value> begun,
        string side, Dictionary<string, TensorData> fed)
    {
        if (extract.Contains(value)) return;
        var number = numbering.NumberOf(value);
        if (value.Constant is { } data)
        {
            if (data is SparseTensor || data.ElementCount <= ModelExtract.LargestInitializer) extract.AddConstant(value, data);
            else
            {
                var name = FormattableString.Invariant($"{side}/{value.Id}");
                extract.AddInput(value, data.Type, name);
                fed[name] = data;
            }
        }
        else if (begun.TryGetValue(number, out var same)) extract.Share(value, same);
        else
        {
            var elsewhere = types.ContainsKey(number) ? null : provided(number);
            if (elsewhere is not null) taken.Add(number);
            extract.AddInput(value, elsewhere ?? types[number], InputName(number));
            begun[number] = value;
        }
    }

    static IEnumerable<Value> Needs(Node node)
    {
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i) is { } value) yield return value;
        foreach (var body in node.Subgraphs)
            foreach (var captured in GraphOrder.Captures(body)) yield return captured;
    }

    /// <summary>True when the node means nothing outside a call of its function.</summary>
    public static bool HasParameters(Node node) =>
        node.Attributes.Any(a => a.Value is ReferenceAttribute) || node.Subgraphs.Any(b => b.Nodes.Any(HasParameters));
}
