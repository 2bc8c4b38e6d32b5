using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Onnxc.IR;
using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Fuse;

/// <summary>
/// What stands under the root of a normalization: the mean of squares of <paramref name="X"/>, or of its distance from <paramref name="Mean"/>
/// when that is not null, over the last <paramref name="Axes"/> axes, plus <paramref name="Epsilon"/>.
/// </summary>
/// <param name="Weight">How many times the mean <paramref name="Mean"/> is: more than once when it is a sum.</param>
/// <param name="Nodes">What computes it from <paramref name="X"/>.</param>
sealed record Normalization(Value X, Value? Mean, double Weight, int Axes, double Epsilon, ImmutableArray<Node> Nodes)
{
    static readonly string[] Reductions = ["ReduceMean", "ReduceSum", "ReduceSumSquare"];

    public double Tolerance => Scalars.Tolerance(X.ElementType!.Value);

    /// <summary>Extents of the axes that are normalized; null when one is not fixed.</summary>
    public ImmutableArray<long>? Extents => Trailing(X, Axes);

    /// <summary>Finds out more about shapes when those of reductions are not known well enough.</summary>
    public static void Prepare(Model model)
    {
        if (model.AllNodes().Any(n => Reductions.Contains(n.Op.Name) && n.Input(0)?.Shape is not { Dims: [.., { IsFixed: true }] })) SymbolicTypes.Refine(model);
    }

    /// <summary>Null when <paramref name="radicand"/> is something else.</summary>
    public static Normalization? Under(Value radicand)
    {
        if (radicand.ElementType is not (ElementType.Float or ElementType.Float16)) return null;
        var formula = new Formula(radicand.Graph);
        if (formula.Read(radicand) is not { Terms.Length: >= 1 and <= 3 } sum) return null;
        var epsilon = sum[Monomial.Of(1)];
        if (!(epsilon >= 0 && float.IsFinite((float)epsilon))) return null;
        var terms = sum.Terms.Where(t => !t.IsConstant).ToList();
        // A variance may be the mean of squares less the square of the mean.
        var square = terms.Find(t => t.Powers is [(_, 2)]);
        if (terms.Count != (square is null ? 1 : 2) || terms.Find(t => t.Powers is [(_, 1)]) is not { } mean) return null;
        var (reduction, reduced) = (mean.Powers[0].Base.Producer, mean.Powers[0].Base);
        if (reduction is null || !IsReduction(reduction, out var axes, out var count)) return null;
        if (!Scalars.Agree(mean.Factor * count, 1, Scalars.Tolerance(radicand.ElementType.Value))) return null;
        var found = square is null ? Squares(reduction, axes) : Difference(reduction, axes, square);
        return found is null ? null : found with { Epsilon = epsilon, Nodes = [.. found.Nodes.Concat(formula.Nodes).Append(reduced.Producer!).Distinct()] };
    }

    static Normalization? Squares(Node reduction, int axes)
    {
        var operand = reduction.Input(0)!;
        // Distances first: what is a distance from the mean is an input as well, of a simpler normalization.
        foreach (var below in Cone.Below(operand, 4))
        {
            if (below.Producer is not { } node || node.Op.Is("ReduceSumSquare") || !IsReduction(node, out var same, out var weight) || same != axes) continue;
            var (x, mean) = (node.Input(0)!, node.Output);
            var formula = new Formula(reduction.Graph, x, mean);
            formula.Weigh(mean, weight);
            var (first, second) = (Monomial.Of(x), Monomial.Of(mean));
            if (Square(reduction, formula)?.Is(Scalars.Tolerance(x.ElementType!.Value), first * first, first * second with { Factor = -2 }, second * second) is true)
                return new(x, mean, weight, axes, 0, [.. formula.Nodes, node]);
        }
        return Plain(reduction, axes, Cone.Below(operand, 1));
    }

    static Normalization? Plain(Node reduction, int axes, IEnumerable<Value> candidates)
    {
        foreach (var x in candidates)
        {
            var formula = new Formula(reduction.Graph, x);
            if (Square(reduction, formula)?.Is(0, Monomial.Of(x) * Monomial.Of(x)) is true) return new(x, null, 1, axes, 0, [.. formula.Nodes]);
        }
        return null;
    }

    static Normalization? Difference(Node reduction, int axes, Monomial square)
    {
        if (square.Powers[0].Base is not { Producer: { } node } mean || !IsReduction(node, out var same, out var weight) || same != axes) return null;
        if (node.Op.Is("ReduceSumSquare") || !Scalars.Agree(square.Factor * weight * weight, -1, Scalars.Tolerance(mean.ElementType!.Value))) return null;
        return Plain(reduction, axes, [node.Input(0)!]) is { } plain ? plain with { Mean = mean, Weight = weight, Nodes = plain.Nodes.Add(node) } : null;
    }

    static Polynomial? Square(Node reduction, Formula formula) =>
        formula.Read(reduction.Input(0)) is not { } read ? null : reduction.Op.Is("ReduceSumSquare") ? read * read : read;

    /// <summary>A reduction of the last axes; <paramref name="weight"/> is how many times the mean it gives.</summary>
    static bool IsReduction(Node node, out int axes, out double weight)
    {
        (axes, weight) = (0, 1);
        if (!node.Op.IsStandard || !Reductions.Contains(node.Op.Name) || ReductionAxes.Trailing(node) is not { } trailing) return false;
        axes = trailing;
        if (node.Op.Is("ReduceMean")) return true;
        if (Trailing(node.Input(0)!, trailing) is not { } extents || TensorData.CountElements(extents) is not { } count || count == 0) return false;
        weight = count;
        return true;
    }

    /// <summary>
    /// Scale or bias as the operators take it: extents of the normalized axes alone. Null when <paramref name="value"/> has others.
    /// A number without a value stands for itself everywhere.
    /// </summary>
    public bool TryParameter(Value? value, double number, [NotNullWhen(true)] out Func<GraphBuilder, Value>? make)
    {
        make = null;
        if (Extents is not { } extents || TensorData.CountElements(extents) is not { } count || count > 1 << 20) return false;
        if (value is null)
        {
            if (FloatingTensor.Write(X.ElementType!.Value, extents, [.. Enumerable.Repeat(number, (int)count)]) is { } filled) make = b => b.Constant(filled);
            return make is not null;
        }
        if (value.ElementType != X.ElementType || value.Shape is not { IsStatic: true } shape || shape.Rank < Axes || shape.Rank > X.Shape!.Rank) return false;
        var surplus = shape.Rank - Axes;
        for (var i = 0; i < shape.Rank; i++)
            if (shape[i].Extent != (i < surplus ? 1 : extents[i - surplus])) return false;
        if (surplus == 0) make = _ => value;
        else if (value.Constant is DenseTensor or MappedTensor && value.Constant is { ByteLength: <= int.MaxValue } data)
            make = b => b.Constant(new DenseTensor(data.Element, extents, data.Bytes.ToArray()));
        return make is not null;
    }

    static ImmutableArray<long>? Trailing(Value value, int axes)
    {
        if (value.Shape is not { } shape || shape.Rank < axes) return null;
        var last = shape.Dims[(shape.Rank - axes)..];
        return last.All(d => d.IsFixed) ? [.. last.Select(d => d.Extent)] : null;
    }
}
