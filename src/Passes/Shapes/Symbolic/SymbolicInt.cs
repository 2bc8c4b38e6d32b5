using System.Collections.Immutable;
using System.Globalization;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>
/// A polynomial over symbols with integer coefficients, in canonical form: equal expressions have equal values in every run. Operations
/// yield null where the result would overflow or grow too large.
/// </summary>
sealed class SymbolicInt : IEquatable<SymbolicInt>
{
    const int MostTerms = 16;
    const int HighestDegree = 8;

    readonly ImmutableArray<Term> terms;
    readonly string text;

    readonly record struct Term(ImmutableArray<Symbol> Symbols, long Factor);

    SymbolicInt(ImmutableArray<Term> terms)
    {
        this.terms = terms;
        text = terms.IsEmpty ? "0" : string.Join('+', terms.Select(Text));
    }

    static string Text(Term term) => term.Factor.ToString(CultureInfo.InvariantCulture)
        + string.Concat(term.Symbols.Select(s => "*s" + s.Id.ToString(CultureInfo.InvariantCulture)));

    public static SymbolicInt Zero { get; } = new([]);

    public static SymbolicInt One { get; } = Of(1);

    public static SymbolicInt Of(long value) => value == 0 ? Zero : new([new Term([], value)]);

    public static SymbolicInt Of(Symbol symbol) => new([new Term([symbol], 1)]);

    /// <summary>The value when it is the same in every run.</summary>
    public long? Constant => terms.IsEmpty ? 0 : terms is [{ Symbols.IsEmpty: true, Factor: var value }] ? value : null;

    /// <summary>The symbol when the expression is one symbol and nothing else.</summary>
    public Symbol? Single => terms is [{ Symbols: [var symbol], Factor: 1 }] ? symbol : null;

    /// <summary>A lower bound; null when none is known.</summary>
    public long? Minimum
    {
        get
        {
            Int128 sum = 0;
            foreach (var term in terms)
            {
                Int128 product = term.Factor;
                foreach (var symbol in term.Symbols)
                {
                    if (term.Factor < 0 || symbol.Minimum is not ({ } minimum and >= 0)) return null;
                    product = Int128.Min(product, long.MaxValue) * minimum;
                }
                sum += product;
            }
            return (long)Int128.Clamp(sum, long.MinValue, long.MaxValue);
        }
    }

    /// <summary>True when it cannot be zero because it is at least one.</summary>
    public bool IsPositive => Minimum >= 1;

    public bool Is(long value) => Constant == value;

    public SymbolicInt? Plus(SymbolicInt other) => Collect(terms.Concat(other.terms));

    public SymbolicInt? Minus(SymbolicInt other) => other.Times(Of(-1)) is { } negated ? Plus(negated) : null;

    public SymbolicInt? Times(SymbolicInt other)
    {
        if (terms.Length * other.terms.Length > MostTerms * 4) return null;
        var products = new List<Term>();
        foreach (var a in terms)
        {
            foreach (var b in other.terms)
            {
                if (a.Symbols.Length + b.Symbols.Length > HighestDegree) return null;
                var wide = (Int128)a.Factor * b.Factor;
                if (wide < long.MinValue || wide > long.MaxValue) return null;
                products.Add(new Term([.. a.Symbols.Concat(b.Symbols).OrderBy(s => s.Id)], (long)wide));
            }
        }
        return Collect(products);
    }

    /// <summary>The quotient when it is a polynomial without a remainder, which holds wherever <paramref name="divisor"/> is not zero.</summary>
    public SymbolicInt? DividedBy(SymbolicInt divisor)
    {
        if (Equals(divisor) && !terms.IsEmpty) return One;
        if (divisor.terms is not [var by]) return null;
        var quotients = new List<Term>();
        foreach (var term in terms)
        {
            if (by.Factor == -1 || term.Factor % by.Factor != 0) return null;
            var symbols = term.Symbols;
            foreach (var symbol in by.Symbols)
            {
                var index = symbols.IndexOf(symbol);
                if (index < 0) return null;
                symbols = symbols.RemoveAt(index);
            }
            quotients.Add(new Term(symbols, term.Factor / by.Factor));
        }
        return Collect(quotients);
    }

    /// <summary>The value with other expressions for symbols; null keeps one.</summary>
    public SymbolicInt Substitute(Func<Symbol, SymbolicInt?> replace, SymbolTable table)
    {
        if (!terms.Any(t => t.Symbols.Any(s => s.Extremum is not null))) return this;
        var sum = Zero;
        foreach (var term in terms)
            sum = table.Add(sum, term.Symbols.Aggregate(Of(term.Factor), (product, s) => table.Multiply(product, replace(s) ?? Of(s))));
        return sum;
    }

    static SymbolicInt? Collect(IEnumerable<Term> all)
    {
        var sums = new SortedDictionary<ImmutableArray<Symbol>, Int128>(MonomialOrder.Instance);
        foreach (var term in all) sums[term.Symbols] = sums.GetValueOrDefault(term.Symbols) + term.Factor;
        var terms = ImmutableArray.CreateBuilder<Term>();
        foreach (var (symbols, factor) in sums)
        {
            if (factor == 0) continue;
            if (factor < long.MinValue || factor > long.MaxValue || terms.Count == MostTerms) return null;
            terms.Add(new Term(symbols, (long)factor));
        }
        return new(terms.ToImmutable());
    }

    public bool Equals(SymbolicInt? other) => other is not null && text == other.text;

    public override bool Equals(object? obj) => Equals(obj as SymbolicInt);

    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    /// <summary>Canonical: equal expressions have equal text.</summary>
    public override string ToString() => text;

    sealed class MonomialOrder : IComparer<ImmutableArray<Symbol>>
    {
        public static readonly MonomialOrder Instance = new();

        public int Compare(ImmutableArray<Symbol> x, ImmutableArray<Symbol> y)
        {
            if (x.Length != y.Length) return x.Length.CompareTo(y.Length);
            for (var i = 0; i < x.Length; i++)
                if (x[i].Id != y[i].Id) return x[i].Id.CompareTo(y[i].Id);
            return 0;
        }
    }
}
