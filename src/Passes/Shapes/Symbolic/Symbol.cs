using System.Collections.Immutable;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>An integer that is not known before the model runs: an extent, an element of a tensor, or a function of such.</summary>
sealed class Symbol(int id, long? minimum)
{
    /// <summary>Grows in the order in which symbols are made, which gives expressions one order.</summary>
    public int Id { get; } = id;

    /// <summary>The least value it can have; null when nothing is known.</summary>
    public long? Minimum { get; } = minimum;

    /// <summary>Extents that broadcast to this one; empty when it is no broadcast.</summary>
    public ImmutableArray<SymbolicInt> Joined { get; init; } = [];

    /// <summary>The element of a <c>Reshape</c>'s operand that this extent follows, unless that is 0 and an extent of at least 2 is copied.</summary>
    public SymbolicInt? Computed { get; init; }

    /// <summary>Set when this is the lesser (or, for <c>IsMax</c>, the greater) of two expressions.</summary>
    public (bool IsMax, SymbolicInt A, SymbolicInt B)? Extremum { get; init; }
}
