using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;
using Onnxc.Passes.Fuse.Algebra;
using Onnxc.Rewriting;

namespace Onnxc.Passes.Activations;

/// <summary>
/// <c>p·x + (1 - p)·α·x -> Dice(x)</c> with <c>p = sigmoid(s·x + b)</c>, however it is written, s and b being a batch normalization or constants, for all or for every channel: Zhou et
/// al., Deep Interest Network, 2018.
/// </summary>
[Pass("fuse-dice", "p·x + (1 - p)·α·x -> Dice(x), p = sigmoid(s·x + b)", Numerics = Numerics.Rounding)]
public sealed class FuseDice : RewriteRule
{
    const int Depth = 6;
    const double Tolerance = 1e-5;

    static readonly OpPattern Anchor = Op("Sigmoid", Any());

    public override OpPattern Root => Anchor;

    /// <summary>Before version 7 broadcasting had to be asked for.</summary>
    public override Range Opsets => 7..;

    public override bool NeedsTypes => true;

    public override Rewrite Apply(Match m)
    {
        foreach (var target in Above(m.Root))
            foreach (var chain in VectorChain.All(m.Root.Input(0)!).Reverse())
            {
                var formula = new GatedFormula(chain.X, m.Root.Output);
                if (formula.Read(target.Output) is not { } read || !read.Keys.All(k => k is (1, 0) or (1, 1)) || !read.TryGetValue((1, 1), out var gated)) continue;
                // x·α + x·p·(1 - α)
                var slopes = read.TryGetValue((1, 0), out var plain) ? plain : [0];
                if (!Spread(slopes, gated).All(v => Math.Abs(v.First + v.Second - 1) <= Tolerance)) continue;
                if (slopes.All(s => s == 0) && chain.Shift.All(s => s == 0)) return m.Decline("it is x·sigmoid(x)");
                HashSet<Node> nodes = [.. formula.Nodes, .. chain.Nodes, m.Root];
                var axes = new[] { (chain.Scale.Length, chain.Axis), (Math.Max(slopes.Length, gated.Length), formula.Axis) }.Where(v => v.Item1 > 1).ToList();
                if (axes.Distinct().Count() > 1) return m.Decline("its constants lie along several axes");
                if (PolyCom.Obstacle(nodes, target, chain.X) is { } obstacle) return m.Decline(obstacle);
                ImmutableArray<long> dims = axes.Count == 0 ? [] : [axes[0].Item1, .. Enumerable.Repeat(1L, -1 - axes[0].Item2)];
                var element = Recognition.Element(chain.X)!.Value;
                return m.ReplaceAt(target, nodes, b => b.Custom("Dice", [chain.X, Constant(b, chain.Scale), Constant(b, chain.Shift), Constant(b, [.. Spread(slopes, gated).Select(v => v.First)])]));

                Value Constant(GraphBuilder b, double[] values) => b.Constant(BoundTensor.Of(element, dims, axes.Count > 0 && values.Length == 1 ? [.. Enumerable.Repeat(values[0], axes[0].Item1)] : values));
            }
        return m.Decline("what follows is no mean of x and α·x");
    }

    // Users of the gate, the farthest first.
    static IEnumerable<Node> Above(Node gate)
    {
        List<Node> found = [gate];
        for (var (from, depth) = (0, 0); depth < Depth && from < found.Count; depth++)
        {
            var end = found.Count;
            for (; from < end; from++)
                foreach (var use in found[from].Output.Uses)
                    if (use.Node is { } user && user.Graph == gate.Graph && Formula.IsArithmetic(user) && !found.Contains(user)) found.Add(user);
        }
        return found.Skip(1).Reverse();
    }

    static IEnumerable<(double First, double Second)> Spread(double[] first, double[] second) =>
        Enumerable.Range(0, Math.Max(first.Length, second.Length)).Select(i => (first[first.Length > 1 ? i : 0], second[second.Length > 1 ? i : 0]));
}
