using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// Types of the values that a list of nodes makes, by way of ONNX Runtime: every value becomes an untyped output, and the session tells.
/// Opening a session takes more than linear time in its nodes (46 s for 60,000 of them, 0.3 s for 6,000), so the list is cut into segments
/// whose inputs carry the types that earlier segments gave.
/// </summary>
sealed class GraphTyper(Graph graph, FunctionSection functions, int segmentSize = GraphTyper.SegmentSize)
{
    public const int SegmentSize = 1500;

    // Integer vectors up to this length are most likely shapes: a later segment needs to see how they are computed.
    const long LongestShape = 64;
    const int DeepestRecomputation = 100;
    const int MostFailures = 64;

    readonly Dictionary<Value, IR.ValueType> types = [];
    int failures;

    /// <summary>Data of values that are constant here; what the IR knows unless told otherwise.</summary>
    public Func<Value, TensorData?> DataOf { get; init; } = static v => v.Constant;

    /// <summary>What was inferred.</summary>
    public IReadOnlyDictionary<Value, IR.ValueType> Types => types;

    /// <summary>Why ONNX Runtime refused the first nodes that it refused; null when it took all.</summary>
    public string? FirstFailure { get; private set; }

    /// <summary><paramref name="nodes"/> must be in topological order.</summary>
    public void Infer(IReadOnlyList<Node> nodes)
    {
        for (var start = 0; start < nodes.Count; start += segmentSize)
            InferSegment([.. nodes.Skip(start).Take(segmentSize)]);
    }

    // A refusal (an operator that ORT does not know, most often) costs a search for the node; what does not depend on it keeps its types.
    void InferSegment(IReadOnlyList<Node> nodes)
    {
        if (nodes.Count == 0 || failures >= MostFailures) return;
        var failure = TryInfer(nodes);
        if (failure is null) return;
        FirstFailure ??= failure;
        failures++;
        if (nodes.Count == 1) return;
        InferSegment([.. nodes.Take(nodes.Count / 2)]);
        InferSegment([.. nodes.Skip(nodes.Count / 2)]);
    }

    string? TryInfer(IReadOnlyList<Node> nodes)
    {
        var extract = new ModelExtract(graph, functions);
        var outputs = new List<Value>();
        foreach (var node in nodes)
        {
            if (node.Outputs is [var constant] && DataOf(constant) is { } data)
            {
                types[constant] = data.Type;
                continue;
            }
            if (!Include(node, extract, 0))
            {
                FirstFailure ??= $"the type of an input of {node} is not known";
                continue;
            }
            outputs.AddRange(node.Outputs.Where(o => o.Name.Length > 0));
        }
        if (outputs.Count == 0) return null;
        foreach (var output in outputs) extract.AddOutput(output);
        byte[] bytes;
        try
        {
            bytes = extract.ToBytes();
        }
        catch (DiagnosticException e)
        {
            return e.Diagnostic.Message;
        }
        var loaded = OrtModel.Load(bytes, SessionSettings.Unoptimized.With("session.disable_prepacking", "1"));
        if (!loaded.IsOk) return loaded.Diagnostics[0].Message;
        using var model = loaded.Value;
        var byName = model.Outputs.ToDictionary(o => o.Name, o => o.Type, StringComparer.Ordinal);
        foreach (var output in outputs)
            if (byName.GetValueOrDefault(ModelExtract.NameOf(output)) is { } type) types[output] = type;
        return null;
    }

    bool Include(Node node, ModelExtract extract, int depth)
    {
        for (var i = 0; i < node.InputCount; i++)
            if (node.Input(i) is { } value && !Include(value, extract, depth)) return false;
        foreach (var body in node.Subgraphs)
            foreach (var captured in GraphOrder.Captures(body))
                if (!Include(captured, extract, depth)) return false;
        extract.AddNode(node);
        return true;
    }

    bool Include(Value value, ModelExtract extract, int depth)
    {
        if (extract.Contains(value)) return true;
        if (DataOf(value) is { } data)
        {
            extract.AddConstant(value, data);
            return true;
        }
        var type = types.GetValueOrDefault(value) ?? value.Type;
        if (value.Producer is { } producer && depth < DeepestRecomputation && IsShapeLike(type) && Include(producer, extract, depth + 1)) return true;
        if (type is null || extract.Contains(value)) return type is not null;
        extract.AddInput(value, type);
        return true;
    }

    static bool IsShapeLike(IR.ValueType? type) =>
        type is TensorType { Element: ElementType.Int64 or ElementType.Int32, Shape: { Rank: <= 1 } shape } && (shape.ElementCount ?? 1) <= LongestShape;
}
