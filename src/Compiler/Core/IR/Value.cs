using System.Diagnostics;

namespace Onnxc.IR;

/// <summary>
/// A value: output of a node, input of a graph, or initializer. Compared by identity; its name only matters to files and messages.
/// </summary>
[DebuggerDisplay("{Name} : {Type}")]
public sealed class Value
{
    internal Value(Graph graph, string name)
    {
        (Graph, Name, Id) = (graph, name, graph.Model.NextId());
    }

    /// <summary>The graph that defines the value. Bodies nested in it may use it as well.</summary>
    public Graph Graph { get; }

    /// <summary>Never reused within a model, and growing: gives orders and tables that do not depend on addresses.</summary>
    public int Id { get; }

    /// <summary>Name in the file. New values get one that is free; the writer renames only where two would collide.</summary>
    public string Name { get; internal set; }

    public Node? Producer { get; internal set; }

    /// <summary>Which output of <see cref="Producer"/> this is.</summary>
    public int OutputIndex { get; internal set; }

    public bool IsGraphInput { get; internal set; }

    public bool IsInitializer => Initializer is not null;

    /// <summary>Data of an initializer, whether or not a caller may override it; see <see cref="Constant"/>.</summary>
    public TensorData? Initializer { get; internal set; }

    /// <summary>
    /// The data when it is the same in every run: an initializer that no caller can override, or the output of a <c>Constant</c> node.
    /// Before IR version 4 initializers had to be listed as inputs and ONNX Runtime treats them as constants; since then a listed one
    /// can be overridden.
    /// </summary>
    public TensorData? Constant =>
        Initializer is not null
            ? IsGraphInput && Graph.Model.IrVersion >= 4 ? null : Initializer
            : Producer is { } p && p.Op.Is("Constant") ? ConstantNode.Read(p) : null;

    /// <summary>Declared or inferred type; null when nothing is known.</summary>
    public ValueType? Type { get; private set; }

    /// <summary>True when the type came from inference and the file need not state it.</summary>
    public bool TypeIsInferred { get; private set; }

    public int UseCount { get; internal set; }

    public bool HasUses => UseCount > 0;

    internal Operand? FirstUse { get; set; }
    internal Operand? LastUse { get; set; }

    /// <summary>What the reader saw of this value; only serialization looks inside.</summary>
    internal object? Origin { get; set; }

    internal LinkedListNode<Value>? InitializerLink { get; set; }

    /// <summary>
    /// True for an initializer or constant whose name a later one of the same graph takes as well. ONNX Runtime lets the last one win, so
    /// nothing uses this value.
    /// </summary>
    internal bool IsShadowed { get; set; }

    /// <summary>Uses in the order in which they were made. The list is a snapshot: editing while enumerating is safe.</summary>
    public IReadOnlyList<Use> Uses
    {
        get
        {
            var uses = new Use[UseCount];
            var i = 0;
            for (var o = FirstUse; o is not null; o = o.Next) uses[i++] = new Use(o.User, o.Slot);
            return uses;
        }
    }

    /// <summary>The only use, or null when there are none or several.</summary>
    public Use? SingleUse => UseCount == 1 ? new Use(FirstUse!.User, FirstUse.Slot) : null;

    public bool IsGraphOutput
    {
        get
        {
            for (var o = FirstUse; o is not null; o = o.Next)
                if (o.User is Graph) return true;
            return false;
        }
    }

    /// <summary>Tensor type when it is known to be a dense tensor.</summary>
    public TensorType? TensorType => Type as TensorType;

    /// <summary>Shape when it is a dense tensor of known rank; a constant's shape is always known.</summary>
    public Shape? Shape => TensorType?.Shape ?? Constant?.Type.Shape;

    /// <summary>Element type when it is a dense tensor; a constant's element type is always known.</summary>
    public ElementType? ElementType => TensorType?.Element ?? Constant?.Element;

    public void SetType(ValueType? type, bool inferred = false)
    {
        if (Equals(Type, type) && TypeIsInferred == inferred) return;
        (Type, TypeIsInferred) = (type, inferred);
        if (!inferred) Graph.Touch();
    }

    /// <summary>Makes every use of this value, graph outputs included, use <paramref name="other"/> instead.</summary>
    public void ReplaceAllUsesWith(Value other)
    {
        if (ReferenceEquals(this, other)) return;
        foreach (var use in Uses) use.User.SetOperand(use.Slot, other);
    }

    public override string ToString() => Name;
}
