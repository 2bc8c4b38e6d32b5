using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Rewriting;

/// <summary>
/// A node by its operator and inputs. A node with more inputs than the pattern lists does not match, unless <see cref="Variadic"/>; one
/// below the root must be used by nothing outside the match, unless <see cref="Shared"/>. Modifiers return a changed copy.
/// </summary>
public sealed class OpPattern : Pattern
{
    internal OpPattern(ImmutableArray<OpId> ops, ImmutableArray<Pattern> inputs) => (Ops, Inputs) = (ops, inputs);

    OpPattern(OpPattern other)
    {
        (Ops, Inputs, Attributes) = (other.Ops, other.Inputs, other.Attributes);
        (IsShared, IsCommutative, IsVariadic, OutputIndex) = (other.IsShared, other.IsCommutative, other.IsVariadic, other.OutputIndex);
    }

    /// <summary>Operators that match, usually one.</summary>
    public ImmutableArray<OpId> Ops { get; }

    public ImmutableArray<Pattern> Inputs { get; }

    internal ImmutableArray<(string Name, AttributeValue Value, bool OrAbsent)> Attributes { get; private init; } = [];
    internal bool IsShared { get; private init; }
    internal bool IsCommutative { get; private init; }
    internal bool IsVariadic { get; private init; }
    internal int OutputIndex { get; private init; }

    /// <summary>The node may have uses outside the match; it then stays.</summary>
    public OpPattern Shared() => new(this) { IsShared = true };

    /// <summary>The first two inputs match in either order.</summary>
    public OpPattern Commutative() => new(this) { IsCommutative = true };

    /// <summary>The node may have more inputs than the pattern lists.</summary>
    public OpPattern Variadic() => new(this) { IsVariadic = true };

    /// <summary>The value that the pattern stands for is output <paramref name="index"/> of the node. Means nothing at the root.</summary>
    public OpPattern Output(int index) => new(this) { OutputIndex = index };

    /// <summary>
    /// Attribute <paramref name="name"/> must equal <paramref name="value"/>, or be absent where that means the same and
    /// <paramref name="orAbsent"/> says so. A reference to a function's parameter equals nothing.
    /// </summary>
    public OpPattern With(string name, AttributeValue value, bool orAbsent = false) =>
        new(this) { Attributes = Attributes.Add((name, value, orAbsent)) };

    internal bool Accepts(OpId op)
    {
        foreach (var candidate in Ops)
            if (candidate == op) return true;
        return false;
    }

    /// <summary>Levels of nodes below and including this one.</summary>
    internal int Depth => 1 + Inputs.Select(DepthOf).DefaultIfEmpty().Max();

    /// <summary>Inputs of all nodes of the pattern: no value has more uses than that inside a match.</summary>
    internal int SlotCount => Inputs.Length + Inputs.Sum(SlotsOf);

    static int DepthOf(Pattern pattern) => pattern switch
    {
        OpPattern op => op.Depth,
        OneOfPattern oneOf => oneOf.Alternatives.Max(DepthOf),
        _ => 0,
    };

    static int SlotsOf(Pattern pattern) => pattern switch
    {
        OpPattern op => op.SlotCount,
        OneOfPattern oneOf => oneOf.Alternatives.Sum(SlotsOf),
        _ => 0,
    };

    public override string ToString() => string.Join(" or ", Ops.Select(o => $"`{o}`"));
}
