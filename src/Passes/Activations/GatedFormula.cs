using Onnxc.IR;

namespace Onnxc.Passes.Activations;

/// <summary>Sums and products of a value, a gate and constants: polynomials of the two, whose coefficients are numbers or vectors along one axis.</summary>
sealed class GatedFormula(Value x, Value gate)
{
    const int MostNodes = 16;

    readonly HashSet<Node> nodes = [];

    public IReadOnlyCollection<Node> Nodes => nodes;

    /// <summary>Along which vectors lie, counted from the end.</summary>
    public int Axis { get; private set; } = -1;

    /// <summary>Coefficients by the powers of the value and the gate; null when something else takes part.</summary>
    public SortedDictionary<(int X, int Gate), double[]>? Read(Value value)
    {
        if (value == x) return new() { [(1, 0)] = [1] };
        if (value == gate) return new() { [(0, 1)] = [1] };
        if (VectorChain.Read(value) is { } constant)
        {
            if (constant.Numbers.Length > 1) Axis = constant.Axis;
            return new() { [(0, 0)] = constant.Numbers };
        }
        if (value.Producer is not { } node || node.Graph != gate.Graph || !node.Op.IsStandard || node.Op.Name is not ("Add" or "Sub" or "Mul" or "Neg" or "Identity")) return null;
        nodes.Add(node);
        if (nodes.Count > MostNodes || Read(node.Input(0)!) is not { } left) return null;
        if (node.Op.Name == "Identity") return left;
        if (node.Op.Name == "Neg") return Product(left, new() { [(0, 0)] = [-1] });
        if (Read(node.Input(1)!) is not { } right) return null;
        return node.Op.Name switch { "Add" => Sum(left, right, 1), "Sub" => Sum(left, right, -1), _ => Product(left, right) };
    }

    static SortedDictionary<(int X, int Gate), double[]>? Sum(SortedDictionary<(int X, int Gate), double[]> left, SortedDictionary<(int X, int Gate), double[]> right, double sign)
    {
        foreach (var (powers, coefficients) in right)
            if (!Add(left, powers, [.. coefficients.Select(c => sign * c)])) return null;
        return left;
    }

    static SortedDictionary<(int X, int Gate), double[]>? Product(SortedDictionary<(int X, int Gate), double[]> left, SortedDictionary<(int X, int Gate), double[]> right)
    {
        var product = new SortedDictionary<(int X, int Gate), double[]>();
        foreach (var (a, first) in left)
            foreach (var (b, second) in right)
                if (Combine(first, second, (p, q) => p * q) is not { } both || !Add(product, (a.X + b.X, a.Gate + b.Gate), both)) return null;
        return product;
    }

    // What cancels is gone.
    static bool Add(SortedDictionary<(int X, int Gate), double[]> to, (int X, int Gate) powers, double[] coefficients)
    {
        if (Combine(to.TryGetValue(powers, out var before) ? before : [0], coefficients, (p, q) => p + q) is not { } sum) return false;
        if (sum.All(c => c == 0)) to.Remove(powers);
        else to[powers] = sum;
        return true;
    }

    static double[]? Combine(double[] first, double[] second, Func<double, double, double> operation) =>
        first.Length > 1 && second.Length > 1 && first.Length != second.Length ? null
            : [.. Enumerable.Range(0, Math.Max(first.Length, second.Length)).Select(i => operation(first[first.Length > 1 ? i : 0], second[second.Length > 1 ? i : 0]))];
}
