using System.Runtime.CompilerServices;
using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>Writes one body with everything nested in it: a node or a value of the list per line, three spaces a level.</summary>
sealed class GraphPrinter(TextWriter writer, PrintOptions options, NameAssignment names)
{
    readonly AttributePrinter attributes = new(writer, options);

    public void WriteGraph(Graph graph, int level)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        Literals.WriteName(writer, graph.Name ?? "");
        writer.Write(' ');
        WriteBody(graph, level);
    }

    public void WriteFunction(Function function)
    {
        Literals.WriteName(writer, function.Id.Name);
        writer.Write(' ');
        if (function.RequiredAttributes.Count + function.DefaultAttributes.Count > 0)
        {
            writer.Write('<');
            WriteSeparated(function.RequiredAttributes, name => Literals.WriteIdentifier(writer, name));
            if (function.RequiredAttributes.Count > 0 && function.DefaultAttributes.Count > 0) writer.Write(", ");
            WriteSeparated(function.DefaultAttributes, a => attributes.Write(a.Key, a.Value, g => WriteGraph(g, 1)));
            writer.Write("> ");
        }
        WriteBody(function.Body, 0);
    }

    void WriteBody(Graph graph, int level)
    {
        writer.Write('(');
        WriteSeparated(graph.Inputs, input => WriteInput(graph, input));
        writer.Write(") => (");
        var outputs = graph.Outputs;
        WriteSeparated(Enumerable.Range(0, outputs.Count), i =>
        {
            WriteType(OutputType(graph, outputs[i]));
            Literals.WriteName(writer, names.SlotName(graph, i));
        });
        writer.Write(')');
        WriteValues(graph, level);
        NewLine(level);
        writer.Write('{');
        foreach (var node in graph.Nodes) WriteNode(node, level + 1);
        foreach (var (name, source) in names.Identities(graph))
        {
            NewLine(level + 1);
            Literals.WriteName(writer, name);
            writer.Write(" = Identity (");
            Literals.WriteName(writer, names.NameOf(source));
            writer.Write(')');
        }
        NewLine(level);
        writer.Write('}');
    }

    void WriteInput(Graph graph, Value input)
    {
        WriteType(input.TypeIsInferred && graph.IsFunctionBody ? null : input.Type);
        Literals.WriteName(writer, names.NameOf(input));
        if (!IsPrintedWithInput(input)) return;
        writer.Write(" = ");
        TensorPrinter.WriteData(writer, input.Initializer!, options);
    }

    // One type serves both the input and the data; where they differ, the data goes to the list.
    static bool IsPrintedWithInput(Value input) =>
        input is { IsGraphInput: true, Initializer: { } data } && Equals(input.Type, TensorPrinter.TypeOf(data));

    static ValueType? OutputType(Graph graph, Value value)
    {
        // A captured value has its type where it is defined.
        if (!ReferenceEquals(value.Graph, graph)) return null;
        // Functions are polymorphic: what was merely inferred for one call would be noise.
        var type = value.TypeIsInferred && graph.IsFunctionBody ? null : value.Type;
        return type ?? (value is { IsGraphInput: false, Initializer: { } data } ? TensorPrinter.TypeOf(data) : null);
    }

    void WriteValues(Graph graph, int level)
    {
        var first = true;
        void Next()
        {
            if (first)
            {
                NewLine(level);
                writer.Write('<');
            }
            else writer.Write(',');
            first = false;
            NewLine(level + 1);
        }

        foreach (var value in graph.Initializers.Where(v => !IsPrintedWithInput(v)))
        {
            Next();
            TensorPrinter.WriteType(writer, value.Initializer!);
            writer.Write(' ');
            Literals.WriteName(writer, names.NameOf(value));
            writer.Write(" = ");
            TensorPrinter.WriteData(writer, value.Initializer!, options);
        }
        var outputs = graph.Outputs;
        var typed = new HashSet<string>(Enumerable.Range(0, outputs.Count).Select(i => names.SlotName(graph, i)), StringComparer.Ordinal);
        foreach (var value in graph.Initializers.Concat(graph.Nodes.SelectMany(n => n.Outputs)))
        {
            var name = names.NameOf(value);
            if (value.IsGraphInput || value.TypeIsInferred || value.Type is null || name.Length == 0 || typed.Contains(name)) continue;
            if (value.Initializer is { } data && Equals(value.Type, TensorPrinter.TypeOf(data))) continue;
            Next();
            WriteType(value.Type);
            Literals.WriteName(writer, name);
        }
        if (first) return;
        NewLine(level);
        writer.Write('>');
    }

    void WriteNode(Node node, int level)
    {
        NewLine(level);
        if (!string.IsNullOrEmpty(node.Name))
        {
            writer.Write('[');
            Literals.WriteIdentifier(writer, node.Name);
            writer.Write("] ");
        }
        WriteSeparated(node.Outputs, output => Literals.WriteName(writer, names.NameOf(output)));
        writer.Write(node.Outputs.Length > 0 ? " = " : "= ");
        Literals.WriteQualified(writer, node.Op.Domain, node.Op.Name);
        if (node.Op.Overload.Length > 0)
        {
            writer.Write(':');
            Literals.WriteIdentifier(writer, node.Op.Overload);
        }
        var nests = node.Attributes.Any(a => a.Value is GraphAttribute or GraphsAttribute);
        if (node.Attributes.Count > 0 && !nests)
        {
            writer.Write(" <");
            WriteSeparated(node.Attributes, a => attributes.Write(a.Key, a.Value, _ => { }));
            writer.Write('>');
        }
        writer.Write(" (");
        WriteSeparated(node.Inputs, input => Literals.WriteName(writer, input is null ? "" : names.NameOf(input)));
        writer.Write(')');
        if (!nests) return;
        writer.Write(" <");
        var first = true;
        foreach (var (key, value) in node.Attributes)
        {
            if (!first) writer.Write(',');
            first = false;
            NewLine(level + 1);
            attributes.Write(key, value, body => WriteGraph(body, level + 1));
        }
        NewLine(level);
        writer.Write('>');
    }

    void WriteType(ValueType? type)
    {
        if (type is null) return;
        TypePrinter.Write(writer, type);
        writer.Write(' ');
    }

    void WriteSeparated<T>(IEnumerable<T> items, Action<T> write)
    {
        var first = true;
        foreach (var item in items)
        {
            if (!first) writer.Write(", ");
            first = false;
            write(item);
        }
    }

    void NewLine(int level)
    {
        writer.Write('\n');
        for (var i = 0; i < level; i++) writer.Write("   ");
    }
}
