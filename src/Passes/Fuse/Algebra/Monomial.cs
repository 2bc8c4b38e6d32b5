using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Fuse.Algebra;

/// <summary>A factor times powers of values, which are ordered by <see cref="Value.Id"/>.</summary>
sealed record Monomial(double Factor, ImmutableArray<(Value Base, double Exponent)> Powers)
{
    public static Monomial Of(double factor) => new(factor, []);

    public static Monomial Of(Value value, double exponent = 1) => new(1, [(value, exponent)]);

    public bool IsConstant => Powers.IsEmpty;

    public double Exponent(Value value)
    {
        foreach (var (at, exponent) in Powers)
            if (ReferenceEquals(at, value)) return exponent;
        return 0;
    }

    /// <summary>The same without any power of <paramref name="value"/>.</summary>
    public Monomial Without(Value value) => this with { Powers = Powers.RemoveAll(p => ReferenceEquals(p.Base, value)) };

    public bool HasPowersOf(Monomial other) => Powers.AsSpan().SequenceEqual(other.Powers.AsSpan());

    public static Monomial operator *(Monomial left, Monomial right)
    {
        var powers = left.Powers.Concat(right.Powers)
            .GroupBy(p => p.Base)
            .Select(g => (g.Key, Exponent: g.Sum(p => p.Exponent)))
            .Where(p => p.Exponent != 0)
            .OrderBy(p => p.Key.Id);
        return new(left.Factor * right.Factor, [.. powers]);
    }

    public Monomial Inverse() => new(1 / Factor, [.. Powers.Select(p => (p.Base, -p.Exponent))]);
}
