using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Text;

namespace Onnxc.Operators;

/// <summary>
/// Operators of the domain <c>ai.onnxc</c>, each defined by a function of standard operators (<c>schemas/ops</c>). A node of one travels with
/// its function, so that a model runs on any ONNX Runtime, and faster where the kernels are registered.
/// </summary>
public static class OperatorLibrary
{
    public const string Domain = "ai.onnxc";

    /// <summary>The oldest opset of the standard in which the functions mean the same as in all later ones.</summary>
    public const long OldestOpset = 17;

    // Functions came with this version of the format.
    const long FunctionsIrVersion = 8;
    const long DomainVersion = 1;

    static readonly ImmutableSortedDictionary<string, OperatorDefinition> Definitions =
        Load().ToImmutableSortedDictionary(d => d.Name, d => d, StringComparer.Ordinal);

    /// <summary>All operators, in the order of names.</summary>
    public static IEnumerable<OperatorDefinition> All => Definitions.Values;

    public static OperatorDefinition? Find(string name) => Definitions.GetValueOrDefault(name);

    /// <summary>Why a node of this domain cannot stand in <paramref name="graph"/>, as the reason of a declined rewrite; null when it can.</summary>
    public static string? Obstacle(Graph graph)
    {
        // ONNX Runtime reads the body of a function by the opset of the model.
        var opset = graph.Model.Opsets[""];
        return opset is 0 or >= OldestOpset ? null : $"the model's opset is older than {OldestOpset}";
    }

    /// <summary>Makes a node of <paramref name="name"/>, an operator with one output, and returns that.</summary>
    public static Value Custom(this GraphBuilder builder, string name, ReadOnlySpan<Value?> inputs, params ReadOnlySpan<(string Name, AttributeValue Value)> attributes) =>
        builder.CustomNode(name, inputs, attributes).Output;

    /// <summary>
    /// Makes a node of <paramref name="name"/>. The model gets the operator's function, unless it has it
    /// already, and the imports and format version that both need. Throws for an unknown name, and where there is an <see cref="Obstacle"/>.
    /// </summary>
    public static Node CustomNode(this GraphBuilder builder, string name, ReadOnlySpan<Value?> inputs, params ReadOnlySpan<(string Name, AttributeValue Value)> attributes)
    {
        var definition = Find(name) ?? throw new ArgumentException($"there is no operator {Domain}.{name}", nameof(name));
        if (Obstacle(builder.Graph) is { } obstacle) throw new InvalidOperationException(obstacle);
        AddFunction(builder.Graph.Model, definition);
        var node = builder.Node(definition.Id, inputs, definition.Function.Body.Outputs.Count, attributes);
        builder.Graph.Import(Domain, DomainVersion);
        return node;
    }

    /// <summary>Gives <paramref name="model"/> the function of an operator, unless it has it already.</summary>
    public static void AddFunction(Model model, OperatorDefinition definition)
    {
        model.RaiseIrVersion(FunctionsIrVersion);
        model.Main.Import("", OldestOpset);
        model.Main.Import(Domain, DomainVersion);
        if (model.Functions[definition.Id] is not null) return;
        var function = OnnxParser.ParseFunction(definition.Text, model).OrThrow();
        function.Opsets = function.Opsets.With("", model.Opsets[""]);
    }

    static IEnumerable<OperatorDefinition> Load()
    {
        var assembly = typeof(OperatorLibrary).Assembly;
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".onnxtxt", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            yield return OperatorDefinition.Parse(reader.ReadToEnd());
        }
    }
}
