using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>
/// A small model made from nodes of another. Values are named by their ids, so that nothing shadows anything; constants above
/// <see cref="LargestInitializer"/> become inputs, so that weights are not copied, and smaller ones stay, so that shapes computed from them
/// can be inferred. Nodes of nested bodies may be taken out as well, once what they use is there.
/// </summary>
public sealed class ModelExtract
{
    public const long LargestInitializer = 1024;

    // ONNX Runtime expands sparse tensors when it loads them.
    const long LargestSparse = 1L << 20;

    readonly Graph source;
    readonly FunctionSection functions;
    readonly Model target;
    readonly Dictionary<Value, Value> map = [];
    readonly Dictionary<Value, TensorData> fed = [];
    bool callsFunctions;

    public ModelExtract(Graph source, FunctionSection functions)
    {
        (this.source, this.functions) = (source, functions);
        var opsets = source.Opsets;
        // Functions are called in the name of the body's opsets; their own domains must be imported somewhere.
        foreach (var (domain, version) in source.Model.Opsets.Entries)
            if (!opsets.Has(domain)) opsets = opsets.With(domain, version);
        // Since version 4 an initializer need not be an input.
        target = new Model(Math.Max(4, source.Model.IrVersion), opsets);
    }

    /// <summary>Data of the constants that have become inputs.</summary>
    public IReadOnlyDictionary<Value, TensorData> Fed => fed;

    public bool Contains(Value value) => map.ContainsKey(value);

    internal static string NameOf(Value value) => string.Create(CultureInfo.InvariantCulture, $"onnxc/{value.Id}");

    /// <summary>Adds an input that stands for the value, under a name of its own when that is given.</summary>
    public void AddInput(Value value, IR.ValueType type, string? name = null) =>
        map[value] = target.Main.AddInput(name ?? NameOf(value),
            RuntimeHazards.IsEndless(type) ? new TensorType(((TensorType)type).Element, new Shape([Dim.Unknown])) : type);

    /// <summary>Adds an input that nothing uses, so that two extracts can be fed the same.</summary>
    public void AddUnusedInput(string name, IR.ValueType type) => target.Main.AddInput(name, type);

    /// <summary>Makes <paramref name="value"/> the same as one that is there already.</summary>
    public void Share(Value value, Value existing) => map[value] = map[existing];

    public void AddConstant(Value value, TensorData data)
    {
        if (data is SparseTensor && value.Producer is { } node && data.ElementCount <= LargestSparse)
        {
            AddNode(node);
            return;
        }
        if (data.ElementCount <= (data is SparseTensor ? LargestSparse : LargestInitializer))
        {
            map[value] = target.Main.AddInitializer(NameOf(value), data);
            return;
        }
        AddInput(value, data.Type);
        fed[value] = data;
    }

    /// <summary>Adds a constant as an initializer, whatever its size.</summary>
    public void AddWeight(Value value, TensorData data) => map[value] = target.Main.AddInitializer(NameOf(value), data);

    /// <summary>Copies a node all of whose inputs and captures are there already.</summary>
    public void AddNode(Node node) => Copy(node, target.Main);

    public void AddOutput(Value value, string? name = null) => target.Main.AddOutput(map[value], name ?? NameOf(value));

    /// <summary>The model. Throws <see cref="DiagnosticException"/> when ONNX Runtime must not see it.</summary>
    public byte[] ToBytes() => (RuntimeHazards.Find(target) ?? (callsFunctions ? RuntimeHazards.Find(source.Model) : null)) is { } reason
        ? throw new DiagnosticException(Diagnostic.Create(Descriptors.ModelNotLoadable, null, reason))
        : callsFunctions ? [.. ModelWriter.ToBytes(target), .. functions.Of(source.Model)] : ModelWriter.ToBytes(target);

    void Copy(Node node, Graph into)
    {
        callsFunctions |= source.Model.Functions[node.Op] is not null;
        var inputs = new Value?[node.InputCount];
        for (var i = 0; i < inputs.Length; i++) inputs[i] = node.Input(i) is { } value ? map[value] : null;
        var attributes = new List<KeyValuePair<string, AttributeValue>>();
        foreach (var (name, value) in node.Attributes)
            attributes.Add(new(name, value switch
            {
                GraphAttribute a => new GraphAttribute(CopyBody(a.Value, into)),
                GraphsAttribute a => new GraphsAttribute([.. a.Graphs.Select(g => CopyBody(g, into))]),
                _ => value,
            }));
        var copy = into.AddNode(node.Op, inputs, node.Outputs.Select(o => o.Name.Length == 0 ? "" : NameOf(o)), attributes, node.Name);
        for (var i = 0; i < copy.Outputs.Length; i++) map[node.Outputs[i]] = copy.Outputs[i];
    }

    Graph CopyBody(Graph body, Graph parent)
    {
        var copy = Graph.NewBody(parent);
        // BeamSearch and its kin (com.microsoft) ask for particular names in the interface of their bodies.
        var keepNames = !body.Owner!.Op.IsStandard;
        foreach (var input in body.Inputs)
            map[input] = copy.AddInput(keepNames ? input.Name : NameOf(input), input.TypeIsInferred ? null : input.Type);
        foreach (var initializer in body.Initializers)
            if (!initializer.IsGraphInput) map[initializer] = copy.AddInitializer(NameOf(initializer), initializer.Initializer!);
        foreach (var node in body.Nodes) Copy(node, copy);
        for (var i = 0; i < body.Outputs.Count; i++)
            copy.AddOutput(map[body.Outputs[i]], keepNames ? body.OutputNames[i]
                : string.Create(CultureInfo.InvariantCulture, $"onnxc/{body.Outputs[i].Id}/{i}/{body.Owner!.Id}"));
        return copy;
    }
}
