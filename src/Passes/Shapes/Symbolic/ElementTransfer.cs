using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>Elements of small integer tensors from those of the inputs.</summary>
sealed class ElementTransfer(ShapeAnalysis analysis)
{
    SymbolTable Symbols => analysis.Symbols;

    /// <summary>Null when nothing can be said.</summary>
    public SmallTensor? Apply(Node node)
    {
        if (node.Op.Domain.Length > 0) return null;
        var result = Compute(node);
        if (result is null || result.Length > SmallTensor.MostElements) return null;
        // The runtime wraps around; nothing here does.
        return result.Element == ElementType.Int32 && result.Elements.Any(e => e.Constant is < int.MinValue or > int.MaxValue) ? null : result;
    }

    SmallTensor? Compute(Node node) => node.Op.Name switch
    {
        "Constant" => node.Output.Constant is { } data ? SmallTensor.Of(data) : null,
        "Identity" => Input(node),
        "Shape" => Shape(node),
        "Size" => analysis.ShapeOf(node.Input(0)) is { } shape ? Scalar(ElementType.Int64, Product(shape)) : null,
        "Cast" => Cast(node),
        "Gather" => Gather(node),
        "Slice" => Slice(node),
        "Concat" => Concat(node),
        "Squeeze" or "Unsqueeze" or "Reshape" or "Flatten" or "Expand" or "Tile" => Reinterpret(node),
        "ConstantOfShape" => Fill(node),
        "Range" => Range(node),
        "ReduceProd" or "ReduceSum" or "ReduceMin" or "ReduceMax" => Reduce(node),
        "Neg" => Map(node, e => Symbols.Subtract(SymbolicInt.Zero, e)),
        "Abs" => Map(node, e => e.Minimum >= 0 ? e : Symbols.Max(e, Symbols.Subtract(SymbolicInt.Zero, e))),
        "Not" => Map(node, e => Symbols.Subtract(SymbolicInt.One, e)),
        "Add" => Zip(node, Symbols.Add),
        "Sub" => Zip(node, Symbols.Subtract),
        "Mul" => Zip(node, Symbols.Multiply),
        "Div" => Zip(node, Symbols.Divide),
        "Mod" => node.Attributes.Int("fmod", 0) == 0 ? Zip(node, Modulo) : null,
        "Min" => Zip(node, Symbols.Min),
        "Max" => Zip(node, Symbols.Max),
        "And" => Zip(node, Symbols.Multiply),
        "Or" => Zip(node, Symbols.Max),
        "Equal" => Decide(node, SymbolTable.AreEqual),
        "Less" => Decide(node, Less),
        "Greater" => Decide(node, (a, b) => Less(b, a)),
        "LessOrEqual" => Decide(node, (a, b) => !Less(b, a)),
        "GreaterOrEqual" => Decide(node, (a, b) => !Less(a, b)),
        "Where" => Where(node),
        _ => null,
    };

    SmallTensor? Input(Node node, int slot = 0) => analysis.ElementsOf(node.Input(slot));

    static SmallTensor Scalar(ElementType element, SymbolicInt value) => new(element, true, [value]);

    SymbolicInt Product(IEnumerable<SymbolicInt> factors) => factors.Aggregate(SymbolicInt.One, Symbols.Multiply);

    SmallTensor? Shape(Node node)
    {
        if (analysis.ShapeOf(node.Input(0)) is not { } shape) return null;
        if (node.Attributes.Int("start", 0) is not { } start || node.Attributes.Int("end", shape.Length) is not { } end) return null;
        var (first, last) = (Clamp(start, shape.Length), Clamp(end, shape.Length));
        return new(ElementType.Int64, false, shape.Slice(first, Math.Max(0, last - first)));
    }

    static int Clamp(long axis, int rank) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);

    SmallTensor? Cast(Node node)
    {
        if (Input(node) is not { } x || node.Attributes.Int("to") is not { } to) return null;
        var element = (ElementType)to;
        if (element is ElementType.Int64 or ElementType.Int32) return x with { Element = element };
        if (element != ElementType.Bool) return null;
        if (x.Element == ElementType.Bool) return x;
        var truths = ImmutableArray.CreateBuilder<SymbolicInt>();
        foreach (var e in x.Elements)
            truths.Add(SymbolTable.AreEqual(e, SymbolicInt.Zero) is { } isZero ? Truth(!isZero) : Symbols.Function($"bool({e})", 0));
        return new(element, x.IsScalar, truths.ToImmutable());
    }

    static SymbolicInt Truth(bool value) => value ? SymbolicInt.One : SymbolicInt.Zero;

    SmallTensor? Gather(Node node)
    {
        if (Input(node) is not { IsScalar: false } data || Input(node, 1) is not { } indices || indices.Constants is not { } at) return null;
        if (node.Attributes.Int("axis", 0) is not (0 or -1)) return null;
        if (!at.All(i => i >= -data.Length && i < data.Length)) return null;
        return new(data.Element, indices.IsScalar, [.. at.Select(i => data.Elements[(int)(i < 0 ? i + data.Length : i)])]);
    }

    SmallTensor? Slice(Node node)
    {
        if (Input(node) is not { IsScalar: false } data || SliceBounds.Of(analysis, node, 1) is not [var bounds]) return null;
        if (bounds is null) return data;
        if (bounds.Start.Constant is not { } start || bounds.End.Constant is not { } end || bounds.Step is not { } step) return null;
        var elements = ImmutableArray.CreateBuilder<SymbolicInt>();
        var length = data.Length;
        start = SliceBounds.Clamp(start, length, step);
        end = SliceBounds.ClampEnd(end, length, step);
        for (var i = start; step > 0 ? i < end : i > end; i += Math.Clamp(step, -length - 1, length + 1)) elements.Add(data.Elements[(int)i]);
        return new(data.Element, false, elements.ToImmutable());
    }

    SmallTensor? Concat(Node node)
    {
        if (node.Attributes.Int("axis") is not (0 or -1)) return null;
        var all = new List<SymbolicInt>();
        for (var i = 0; i < node.InputCount; i++)
        {
            if (Input(node, i) is not { IsScalar: false } part || all.Count + part.Length > SmallTensor.MostElements) return null;
            all.AddRange(part.Elements);
        }
        return new(Input(node)!.Element, false, [.. all]);
    }

    // The walk has settled the shape of the output before it asks for the elements.
    SmallTensor? Reinterpret(Node node)
    {
        if (Input(node) is not { } x || analysis.ShapeOf(node.Output) is not { Length: <= 1 } shape) return null;
        if (shape.IsEmpty) return x.Length == 1 ? x with { IsScalar = true } : null;
        if (shape[0].Constant is not ({ } length and >= 0 and <= SmallTensor.MostElements)) return null;
        if (length == x.Length) return x with { IsScalar = false };
        return x.Length == 1 ? x with { IsScalar = false, Elements = [.. Enumerable.Repeat(x.Elements[0], (int)length)] } : null;
    }

    SmallTensor? Fill(Node node)
    {
        if (Input(node) is not { Length: <= 1, Constants: { } dims } || dims is [> SmallTensor.MostElements or < 0]) return null;
        var isAbsent = !node.Attributes.Has("value");
        if (isAbsent || node.Attributes.Tensor("value") is not { ElementCount: 1 } data || SmallTensor.Of(data) is not { } fill) return null;
        return new(data.Element, dims.Length == 0, [.. Enumerable.Repeat(fill.Elements[0], dims is [var count] ? (int)count : 1)]);
    }

    SmallTensor? Range(Node node)
    {
        if (Input(node) is not { Elements: [var start] } first || Input(node, 1)?.Elements is not [var limit]) return null;
        if (limit.Minus(start)?.Constant is not { } span || Input(node, 2)?.Constants is not [var delta] || delta == 0) return null;
        var count = Int128.Max(0, ((Int128)span + delta - Math.Sign(delta)) / delta);
        if (count > SmallTensor.MostElements) return null;
        return new(first.Element, false, [.. Enumerable.Range(0, (int)count).Select(i => Symbols.Add(start, SymbolicInt.Of(i * delta)))]);
    }

    SmallTensor? Reduce(Node node)
    {
        if (Input(node) is not { IsScalar: false } x) return null;
        var hasAxes = node.Attributes.Has("axes") || node.Input(1) is not null;
        if (!hasAxes && node.Attributes.Int("noop_with_empty_axes", 0) != 0) return null;
        if (hasAxes && analysis.Integers(node, "axes", 1) is not [0 or -1]) return null;
        if (node.Attributes.Int("keepdims", 1) is not { } keep || x.Length == 0) return null;
        Func<SymbolicInt, SymbolicInt, SymbolicInt> combine = node.Op.Name switch
        {
            "ReduceProd" => Symbols.Multiply,
            "ReduceSum" => Symbols.Add,
            "ReduceMin" => Symbols.Min,
            _ => Symbols.Max,
        };
        return new(x.Element, keep == 0, [x.Elements.Skip(1).Aggregate(x.Elements[0], combine)]);
    }

    SmallTensor? Map(Node node, Func<SymbolicInt, SymbolicInt> map) =>
        Input(node) is { } x ? x with { Elements = [.. x.Elements.Select(map)] } : null;

    SmallTensor? Zip(Node node, Func<SymbolicInt, SymbolicInt, SymbolicInt> combine, ElementType? element = null)
    {
        // Below version 7 operands were aligned by an attribute.
        if (node.InputCount != 2 || node.Attributes.Has("broadcast") || Input(node) is not { } a || Input(node, 1) is not { } b) return null;
        if (a.Length != b.Length && a.Length != 1 && b.Length != 1) return null;
        var length = a.Length == 1 ? b.Length : a.Length;
        var combined = Enumerable.Range(0, length).Select(i => combine(a.Elements[a.Length == 1 ? 0 : i], b.Elements[b.Length == 1 ? 0 : i]));
        return new(element ?? a.Element, a.IsScalar && b.IsScalar, [.. combined]);
    }

    SmallTensor? Decide(Node node, Func<SymbolicInt, SymbolicInt, bool?> decide) =>
        Zip(node, (a, b) => decide(a, b) is { } known ? Truth(known) : Symbols.Function($"{node.Op.Name}({a}, {b})", 0), ElementType.Bool);

    static bool? Less(SymbolicInt a, SymbolicInt b)
    {
        if (b.Minus(a) is { IsPositive: true }) return true;
        return a.Minus(b) is { Minimum: >= 0 } ? false : null;
    }

    SymbolicInt Modulo(SymbolicInt a, SymbolicInt b)
    {
        if (a.Constant is { } x and >= 0 && b.Constant is { } y and > 0) return SymbolicInt.Of(x % y);
        return b.Constant is not null && a.DividedBy(b) is not null ? SymbolicInt.Zero : Symbols.Function($"({a}) % ({b})", null);
    }

    SmallTensor? Where(Node node)
    {
        if (Input(node) is not { } condition || Input(node, 1) is not { } a || Input(node, 2) is not { } b) return null;
        var length = new[] { condition.Length, a.Length, b.Length }.Where(n => n != 1).DefaultIfEmpty(1).First();
        if (new[] { condition, a, b }.Any(t => t.Length != 1 && t.Length != length)) return null;
        var chosen = ImmutableArray.CreateBuilder<SymbolicInt>();
        for (var i = 0; i < length; i++)
        {
            var (test, yes, no) = (At(condition, i), At(a, i), At(b, i));
            chosen.Add(yes.Equals(no) || test.Constant is 1 ? yes : test.Constant is 0 ? no : Symbols.Function($"({test}) ? ({yes}) : ({no})", null));
        }
        return new(a.Element, condition.IsScalar && a.IsScalar && b.IsScalar, chosen.ToImmutable());
    }

    static SymbolicInt At(SmallTensor tensor, int index) => tensor.Elements[tensor.Length == 1 ? 0 : index];
}
