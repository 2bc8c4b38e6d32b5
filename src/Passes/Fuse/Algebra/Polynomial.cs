using System.Collections.Immutable;

namespace Onnxc.Passes.Fuse.Algebra;

/// <summary>A sum of monomials with different powers, none of which is zero.</summary>
sealed record Polynomial(ImmutableArray<Monomial> Terms)
{
    public static Polynomial Of(Monomial term) => new(term.Factor == 0 ? [] : [term]);

    public static Polynomial Of(double constant) => Of(Monomial.Of(constant));

    /// <summary>The only term; null when there are none or several.</summary>
    public Monomial? Single => Terms.Length == 1 ? Terms[0] : null;

    /// <summary>Factor of the term with the powers of <paramref name="powers"/>.</summary>
    public double this[Monomial powers]
    {
        get
        {
            foreach (var term in Terms)
                if (term.HasPowersOf(powers)) return term.Factor;
            return 0;
        }
    }

    /// <summary>True for the same terms, with factors that agree up to <paramref name="tolerance"/>, relative.</summary>
    public bool Is(double tolerance, params ReadOnlySpan<Monomial> terms)
    {
        if (Terms.Length != terms.Length) return false;
        foreach (var term in terms)
            if (!Scalars.Agree(this[term], term.Factor, tolerance)) return false;
        return true;
    }

    public static Polynomial operator +(Polynomial left, Polynomial right)
    {
        var sum = left.Terms.ToBuilder();
        foreach (var term in right.Terms)
        {
            var same = -1;
            for (var i = 0; i < sum.Count && same < 0; i++)
                if (sum[i].HasPowersOf(term)) same = i;
            if (same < 0) sum.Add(term);
            else sum[same] = sum[same] with { Factor = sum[same].Factor + term.Factor };
        }
        return new([.. sum.Where(t => t.Factor != 0)]);
    }

    public static Polynomial operator *(Polynomial left, Polynomial right)
    {
        var product = new Polynomial([]);
        foreach (var a in left.Terms)
            foreach (var b in right.Terms)
                product += Of(a * b);
        return product;
    }
}
