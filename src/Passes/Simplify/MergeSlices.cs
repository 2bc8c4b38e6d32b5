using Onnxc.IR;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Simplify;

/// <summary>
/// <c>Slice(Slice(x))</c> becomes one <c>Slice</c> where bounds are constant: of different axes in any way, of the same axis with step 1 and
/// bounds that count from the front. A <c>Concat</c> of neighbouring slices of one value becomes the slice of them all.
/// </summary>
[Pass("merge-slices", "Slice(Slice(x)) -> Slice(x); Concat(x[a:b], x[b:c]) -> x[a:c]")]
public sealed class MergeSlices : ModelPass
{
    readonly record struct Bounds(long Start, long End, long Step)
    {
        public bool CountsFromTheFront => Step == 1 && Start >= 0 && End >= 0;
    }

    public override void Run(Model model, PassContext cx)
    {
        if (!model.AllNodes().Any(n => n.Op.Is("Slice"))) return;
        if (cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        var analysis = new ShapeAnalysis(model);
        foreach (var graph in model.Bodies().ToList())
        {
            foreach (var node in graph.Nodes)
            {
                if (!node.Outputs.Any(o => o.HasUses) || !cx.Selects(node)) continue;
                if (node.Op.Is("Slice")) Merge(node, analysis, cx);
                else if (node.Op.Is("Concat")) Join(node, analysis, cx);
            }
        }
    }

    static void Merge(Node outer, ShapeAnalysis analysis, PassContext cx)
    {
        if (outer.Input(0)?.Producer is not { } inner || !inner.Op.Is("Slice") || !ReferenceEquals(inner.Graph, outer.Graph)) return;
        if (inner.Output.UseCount > 1)
        {
            cx.Skip("the inner slice is used elsewhere");
            return;
        }
        if (Of(inner, analysis) is not { } p || Of(outer, analysis) is not { } q)
        {
            cx.Skip("the bounds are not constant");
            return;
        }
        var merged = new Bounds?[p.Length];
        for (var axis = 0; axis < p.Length; axis++)
        {
            if (p[axis] is { } a && q[axis] is { } b && (!a.CountsFromTheFront || !b.CountsFromTheFront))
            {
                cx.Skip("a bound counts from the end, or a step is not 1");
                return;
            }
            merged[axis] = p[axis] is { } first && q[axis] is { } second ? Within(first, second) : p[axis] ?? q[axis];
        }
        if (!cx.TryStep(outer, "merge slices")) return;
        Install(outer, inner.Input(0)!, merged, analysis);
        outer.Graph.RemoveNode(inner);
    }

    static void Join(Node concat, ShapeAnalysis analysis, PassContext cx)
    {
        var slices = concat.Inputs.Select(i => i?.Producer).ToList();
        if (slices.Count < 2 || slices[0]?.Input(0) is not { } x) return;
        if (!slices.TrueForAll(s => s is not null && s.Op.Is("Slice") && ReferenceEquals(s.Graph, concat.Graph) && ReferenceEquals(s.Input(0), x))) return;
        if (analysis.ShapeOf(x) is not { } shape || concat.Attributes.Int("axis", 1) is not { } counted)
        {
            cx.Skip("the axis is not known");
            return;
        }
        var axis = (int)(counted < 0 ? counted + shape.Length : counted);
        var whole = new Bounds?[shape.Length];
        foreach (var slice in slices)
        {
            // One that slices other axes as well, or none, is not worth the trouble.
            if (Of(slice!, analysis) is not { } bounds || bounds.Count(b => b is not null) != 1 || bounds[axis] is not { CountsFromTheFront: true } part
                || part.End < part.Start || (whole[axis] is { } before && before.End != part.Start))
            {
                cx.Skip("the slices are no neighbours");
                return;
            }
            whole[axis] = (whole[axis] ?? part) with { End = part.End };
        }
        if (!cx.TryStep(concat, "join slices")) return;
        Install(concat, x, whole, analysis);
        foreach (var slice in slices.Distinct())
            if (slice!.Outputs.All(o => !o.HasUses)) slice.Graph.RemoveNode(slice);
    }

    /// <summary>What the second range leaves of the first.</summary>
    static Bounds Within(Bounds first, Bounds second) =>
        new(Sum(first.Start, second.Start), Math.Min(first.End, Sum(first.Start, second.End)), 1);

    static long Sum(long a, long b) => a > long.MaxValue - b ? long.MaxValue : a + b;

    /// <summary>Bounds for each axis, null where it stays whole; from the front where the extent is fixed. Null when one is not known.</summary>
    static Bounds?[]? Of(Node slice, ShapeAnalysis analysis)
    {
        if (analysis.ShapeOf(slice.Input(0)) is not { } shape || SliceBounds.Of(analysis, slice, shape.Length) is not { } known) return null;
        var bounds = new Bounds?[shape.Length];
        for (var axis = 0; axis < bounds.Length; axis++)
        {
            if (known[axis] is not { } b) continue;
            if (b.Start.Constant is not { } start || b.End.Constant is not { } end || b.Step is not { } step) return null;
            bounds[axis] = step == 1 && shape[axis].Constant is { } extent
                ? new(SliceBounds.Clamp(start, extent, 1), SliceBounds.ClampEnd(end, extent, 1), 1)
                : new(start, end, step);
        }
        return bounds;
    }

    static void Install(Node node, Value x, Bounds?[] bounds, ShapeAnalysis analysis)
    {
        var (graph, output) = (node.Graph, node.Output);
        var builder = new GraphBuilder(graph, node, "merge-slices");
        var axes = Enumerable.Range(0, bounds.Length).Where(a => bounds[a] is not null).Select(a => (long)a).ToArray();
        long[] List(Func<Bounds, long> item) => [.. axes.Select(a => item(bounds[a]!.Value))];
        // Bounds became inputs in version 10, and steps came with it.
        var asInputs = graph.Opsets[""] >= 10;
        Value?[] inputs = asInputs ? [x, Constant(List(b => b.Start)), Constant(List(b => b.End)), Constant(axes), .. Steps()] : [x];
        KeyValuePair<string, AttributeValue>[] attributes = asInputs ? [] : [new("axes", axes), new("starts", List(b => b.Start)), new("ends", List(b => b.End))];
        var merged = graph.AddNode(new OpId("", "Slice"), inputs, [output.Name], attributes, node.Name, node).Output;
        merged.SetType(output.Type, output.TypeIsInferred);
        analysis.Copy(output, merged);
        graph.Substitute(output, merged);
        graph.RemoveNode(node);

        Value Constant(long[] values) => builder.Constant(TensorData.Int64s(values, values.Length));

        Value?[] Steps() => List(b => b.Step) is var steps && Array.TrueForAll(steps, s => s == 1) ? [] : [Constant(steps)];
    }
}
