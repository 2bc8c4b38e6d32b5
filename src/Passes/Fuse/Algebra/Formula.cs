using Onnxc.IR;

namespace Onnxc.Passes.Fuse.Algebra;

/// <summary>
/// Reads element-wise arithmetic as a polynomial, so that every way to write a formula looks the same: operands in any order, quotients
/// or products with reciprocals, factors inside or outside. Values given as atoms are not looked into, nor is what another operator makes.
/// Broadcasting is not seen: whoever replaces a formula checks the shapes.
/// </summary>
sealed class Formula(Graph graph, params IEnumerable<Value> atoms)
{
    // Formulas of interest have at most half as many; beyond that there is nothing to recognise.
    const int MostNodes = 48, MostTerms = 12, HighestPower = 8;

    readonly Dictionary<Value, double> weights = atoms.Distinct().ToDictionary(a => a, _ => 1.0);
    readonly HashSet<Node> nodes = [];
    int visits;

    /// <summary>Nodes whose outputs were read as something else than an atom.</summary>
    public IReadOnlyCollection<Node> Nodes => nodes;

    /// <summary>Reads <paramref name="atom"/> as <paramref name="weight"/> times itself: a sum as so many times the mean.</summary>
    public void Weigh(Value atom, double weight) => weights[atom] = weight;

    /// <summary>Null when it is too long.</summary>
    public Polynomial? Read(Value? value)
    {
        if (value is null || ++visits > 2 * MostNodes) return null;
        if (weights.TryGetValue(value, out var weight)) return Polynomial.Of(Monomial.Of(value) with { Factor = weight });
        if (Scalars.Read(value) is { } constant) return Polynomial.Of(constant);
        if (value.Producer is not { } node || !ReferenceEquals(node.Graph, graph) || !IsArithmetic(node)) return Polynomial.Of(Monomial.Of(value));
        if (nodes.Add(node) && nodes.Count > MostNodes) return null;
        var polynomial = Read(node);
        return polynomial is { Terms.Length: <= MostTerms } ? polynomial : null;
    }

    public static bool IsArithmetic(Node node) =>
        node.Op.IsStandard && node.Op.Name is "Add" or "Div" or "Identity" or "Mul" or "Neg" or "Pow" or "Reciprocal" or "Sqrt" or "Sub";

    Polynomial? Read(Node node)
    {
        var (left, right) = (node.Input(0), node.Input(1));
        return node.Op.Name switch
        {
            "Add" => Combine(Read(left), Read(right), (a, b) => a + b),
            "Sub" => Combine(Read(left), Read(right), (a, b) => a + Polynomial.Of(-1) * b),
            "Mul" => Combine(Read(left), Read(right), (a, b) => a * b),
            "Div" => Combine(Read(left), Inverse(right), (a, b) => a * b),
            "Neg" => Combine(Read(left), Polynomial.Of(-1), (a, b) => a * b),
            "Reciprocal" => Inverse(left),
            "Sqrt" => Root(left!, 0.5),
            "Pow" => Power(left!, right),
            _ => Read(left),
        };
    }

    static Polynomial? Combine(Polynomial? left, Polynomial? right, Func<Polynomial, Polynomial, Polynomial> operation) =>
        left is null || right is null ? null : operation(left, right);

    // The inverse of a sum is no polynomial: the sum becomes an atom.
    Polynomial? Inverse(Value? value) =>
        Read(value) is not { } read ? null : read.Single is { } term ? Polynomial.Of(term.Inverse()) : Polynomial.Of(Monomial.Of(value!, -1));

    // The root of x·x is |x|, so what stands under a root is an atom, whatever it is.
    static Polynomial Root(Value value, double exponent) =>
        Scalars.Read(value) is { } constant ? Polynomial.Of(Math.Pow(constant, exponent)) : Polynomial.Of(Monomial.Of(value, exponent));

    Polynomial? Power(Value value, Value? exponent)
    {
        switch (Scalars.Read(exponent))
        {
            case 0.5 or -0.5: return Root(value, Scalars.Read(exponent)!.Value);
            case -1: return Inverse(value);
            case >= 1 and <= HighestPower and var whole when whole == Math.Round(whole):
                if (Read(value) is not { } read) return null;
                var power = read;
                for (var i = 1; i < whole; i++) power *= read;
                return power;
            default: return null;
        }
    }
}
