using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Sprache;

namespace Onnxc.Text;

/// <summary>Nodes, graphs, functions and models.</summary>
static class GraphGrammar
{
    static readonly Parser<Located<ValueType>?> OptionalType = Rules.Choose(input =>
        TypeGrammar.IsNext(input)
            ? Rules.Locate(TypeGrammar.Type).Select(t => (Located<ValueType>?)t)
            : Parse.Return((Located<ValueType>?)null));

    static readonly Parser<ValueSyntax> TypedName =
        from type in OptionalType
        from name in Tokens.Name
        from known in type is null ? NotAType(name) : Parse.Return(true)
        select new ValueSyntax(type?.Value, name, null);

    static readonly Parser<ValueSyntax> ValueOrInitializer =
        from type in OptionalType
        from name in Tokens.Name
        from known in type is null ? NotAType(name) : Parse.Return(true)
        from data in type is { } t
            ? Rules.When<TensorData?>('=', Tokens.Symbol("=").Then(_ => TensorGrammar.Data(t, name.Text)), null)
            : Parse.Return<TensorData?>(null)
        select new ValueSyntax(type?.Value, name, data);

    static readonly Parser<string?> Label = Rules.When('[',
        from open in Tokens.Symbol("[")
        from name in Rules.Choose(i => Scanner.Peek(i.Source, i.Position) == ']' ? Parse.Return(default(NameSyntax)) : Tokens.Name)
        from close in Tokens.Symbol("]")
        select name.Text, null);

    static readonly Parser<string> Overload = Rules.When(':', Tokens.Symbol(":").Then(_ => Tokens.Name).Select(n => n.Text), "");

    static readonly Parser<IReadOnlyList<AttributeSyntax>> Attributes = Rules.When('<', AttributeGrammar.List, []);

    static readonly Parser<NodeSyntax> Node =
        from label in Label
        from outputs in Tokens.Operands
        from assign in Tokens.Symbol("=")
        from op in Tokens.Qualified
        from overload in Overload
        from before in Attributes
        from open in Tokens.Symbol("(")
        from inputs in Tokens.Operands
        from close in Tokens.Symbol(")")
        from behind in before.Count > 0 ? Parse.Return(before) : Attributes
        select new NodeSyntax(label, outputs, new OpId(string.Join('.', op.SkipLast(1)), op[^1], overload), behind, inputs);

    static readonly Parser<BodySyntax> Body =
        from inputs in Rules.List('(', ValueOrInitializer, ')')
        from arrow in Tokens.Arrow
        from outputs in Rules.List('(', TypedName, ')')
        from values in Rules.When('<', Rules.List('<', ValueOrInitializer, '>'), [])
        from open in Tokens.Symbol("{")
        from nodes in Rules.Until(Node, '}')
        select new BodySyntax(inputs, outputs, values, nodes);

    static readonly Parser<GraphSyntax> Graph =
        from name in Tokens.Name
        from body in Body
        select new GraphSyntax(name, body);

    /// <summary>A graph as the value of an attribute.</summary>
    public static readonly Parser<GraphSyntax> Nested = Rules.Deeper(Graph);

    static readonly Parser<KeyValuePair<string, long>> Opset =
        from domain in Tokens.String
        from colon in Tokens.Symbol(":")
        from version in Tokens.Integer
        select KeyValuePair.Create(domain, version);

    static readonly Parser<IReadOnlyList<KeyValuePair<string, long>>> Opsets = Rules.List('[', Opset, ']');

    static readonly Parser<FunctionSyntax> Function =
        from header in Header("function", "domain", "overload", "opset_import", "doc_string")
        from name in Tokens.Name
        from attributes in Rules.When('<', Rules.List('<', AttributeGrammar.Parameter, '>'), [])
        from body in Body
        select new FunctionSyntax(header, name, attributes, body);

    /// <summary>One function and nothing else.</summary>
    public static readonly Parser<FunctionSyntax> FunctionAlone =
        from function in Function
        from end in Tokens.End
        select function;

    public static readonly Parser<ModelSyntax> Model =
        from header in Header("model",
            "ir_version", "opset_import", "producer_name", "producer_version", "domain", "model_version", "doc_string", "metadata_props")
        from graph in Graph
        from functions in Rules.Until(Function, null)
        select new ModelSyntax(header, graph, functions);

    static Parser<ImmutableArray<HeaderSyntax>> Header(string owner, params string[] keys)
    {
        var entry =
            from key in Tokens.Word
            from known in keys.Contains(key.Text) ? Parse.Return(true) : UnknownKey(key, owner, keys)
            from colon in Tokens.Symbol(":")
            from value in HeaderValue(key.Text)
            select new HeaderSyntax(key, value);
        return Rules.When('<', Rules.List('<', entry, '>').Select(entries => entries.ToImmutableArray()), []);
    }

    static Parser<object> HeaderValue(string key) => key switch
    {
        "ir_version" or "model_version" => Tokens.Integer.Select(n => (object)n),
        "opset_import" => Opsets,
        "metadata_props" => TensorGrammar.Pairs,
        _ => Tokens.String,
    };

    static Parser<bool> UnknownKey(NameSyntax key, string owner, string[] keys) => i =>
        throw ((TextInput)i).Origin.Misspelt(Descriptors.TextHeaderKey, key, keys, key.Text, owner);

    // `flaot[3] x`: what looks like a name is a misspelt type when a shape or another name follows.
    static Parser<bool> NotAType(NameSyntax name) => Rules.Choose(input =>
    {
        var next = Scanner.Peek(input.Source, input.Position);
        var quoted = input.Source[name.Position] == '"';
        return !quoted && (next is '[' or '"' || Literals.StartsIdentifier(next)) ? TypeGrammar.Unknown<bool>(name) : Parse.Return(true);
    });
}
