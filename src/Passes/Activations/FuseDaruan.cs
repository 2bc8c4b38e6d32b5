using Onnxc.IR;
using Onnxc.Operators;

namespace Onnxc.Passes.Activations;

/// <summary>
/// Rotations of a qubit by x and by constants, in real numbers, and what is measured of it <c>-> Daruan(x)</c>. That is a sum of harmonics of x, or for the difference of the
/// magnitudes of the amplitudes a function of one: recognised by its values, whatever rotations there are and however they are written.
/// </summary>
[Pass("fuse-daruan", "measure(RZ(x)·RY·RZ·…) -> Daruan(x), a sum of harmonics", Numerics = Numerics.Rounding)]
public sealed class FuseDaruan : GraphPass
{
    const int LeastNodes = 5, MostNodes = 400;

    protected override void Run(Graph graph, PassContext cx)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(cx);
        if (graph.Function?.Id.Domain == OperatorLibrary.Domain || !graph.Nodes.Any(IsWave)) return;
        cx.InferTypes(graph.Model);
        foreach (var function in PointwiseFunction.In(graph, IsWave, MostNodes).ToList())
        {
            if (function.Nodes.Count < LeastNodes || !cx.Selects(function.Anchor)) continue;
            if (Frequency(function) is not { } frequency || Measured(function, frequency) is not var (coefficients, isFast)) cx.Skip("it is no sum of harmonics");
            else if (PolyCom.Obstacle([.. function.Nodes], function.Nodes[^1], function.X) is { } obstacle) cx.Skip(obstacle);
            else if (cx.TryStep(function.Anchor, "fuse-daruan"))
                function.Replace(b => b.Custom("Daruan", [function.X], ("coefficients", new FloatsAttribute([.. coefficients])), ("frequency", (float)frequency), ("fast", isFast ? 1L : 0L)));
        }
    }

    /// <summary>A sine or cosine.</summary>
    public static bool IsWave(Node node) => node.Op.IsStandard && node.Op.Name is "Sin" or "Cos";

    static double? Frequency(PointwiseFunction function) =>
        HarmonicSum.Frequency(function.Nodes.Where(IsWave).Select(n => n.Input(0)!).Distinct().Select(a => function.Evaluate(a, 1) - function.Evaluate(a, 0)));

    static (float[] Coefficients, bool IsFast)? Measured(PointwiseFunction function, double frequency)
    {
        if (HarmonicSum.Of(function.Evaluate, frequency) is { Length: > 1 } plain) return (plain, false);
        return HarmonicSum.Of(x => HarmonicSum.Expectation(function.Evaluate(x)), frequency) is { Length: > 1 } measured ? (measured, true) : null;
    }
}
