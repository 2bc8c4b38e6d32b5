using System.Collections.Immutable;
using System.Globalization;
using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;
using Onnxc.Passes.Fuse;

namespace Onnxc.Passes.Activations;

/// <summary>
/// <c>PRelu(x, α) -> Dice(x)</c>, that is <c>x·(α + (1 - α)·sigmoid((x - E)/√(Var + ε)))</c>, with mean and variance from data: Zhou et al., Deep Interest Network, 2018. The knee
/// is soft and lies at the mean, so that it is never the same function.
/// </summary>
sealed class DiceSubstitution(Model model, PassContext cx, SubstituteActivation.Options options)
{
    const double Epsilon = 1e-8;

    public void Run(IReadOnlyList<Graph> graphs)
    {
        var nodes = graphs.SelectMany(g => g.Nodes).Where(n => n.Op.IsStandard && n.Op.Name is "PRelu" or "LeakyRelu" && cx.Selects(n)).ToList();
        List<Observation> wanted = [.. nodes.Where(n => n.Graph == model.Main).Select(n => new Observation(n.Input(0)!))];
        if (wanted.Count == 0 && nodes.Count == 0) return;
        if (cx.Calibrator is not { } calibrator) throw new DiagnosticException(Diagnostic.Create(Descriptors.DiceNeedsData, ModelLocation.Of(model)));
        var observed = calibrator.Observe(model, wanted);
        if (!observed.IsOk) throw new DiagnosticException(observed.Diagnostics[0]);
        foreach (var node in nodes)
            if (OperatorLibrary.Obstacle(node.Graph) is { } obstacle) cx.Skip(obstacle);
            else if (!observed.Value.TryGetValue(node.Input(0)!, out var seen) || NumberWeights.Of(seen) is not { } numbers) cx.Skip("nothing is known of its numbers");
            else if (Slopes(node) is not { } slopes || !BoundTensor.CanHold(node.Input(0)!.ElementType)) cx.Skip("its slopes are not constant, or of a type that is not fitted");
            else Substitute(node, slopes, numbers, seen);
    }

    static (ImmutableArray<long> Dims, double[] Values)? Slopes(Node node)
    {
        if (node.Op.Is("LeakyRelu")) return node.Attributes.Float("alpha", 0.01f) is { } alpha ? ([], [alpha]) : null;
        return node.Input(1)?.Constant is { } slopes and not SparseTensor && FloatingTensor.CanWrite(slopes.Element) ? (slopes.Dims, FloatingTensor.Read(slopes)) : null;
    }

    void Substitute(Node node, (ImmutableArray<long> Dims, double[] Values) slopes, NumberWeights numbers, ValueStatistics seen)
    {
        var scale = 1 / Math.Sqrt(Math.Max(0, seen.MeanSquare - seen.Mean * seen.Mean) + Epsilon);
        var shift = -seen.Mean * scale;
        // The worst of the slopes that channels have.
        var error = slopes.Values.Distinct().Max(a => numbers.Rms(x => Dice(x, a) - Knee(x, a)) / Math.Max(numbers.Rms(x => Knee(x, a)), 1e-9));
        if (!(error <= options.MaxError))
        {
            cx.Skip("its fit is not close enough");
            return;
        }
        if (!cx.TryStep(node, $"substitute {node.Op.Name}")) return;
        cx.Report(Diagnostic.Create(Descriptors.ActivationFitted, ModelLocation.Of(node), node.Op.Name,
            string.Create(CultureInfo.InvariantCulture, $"dice, mean {seen.Mean:0.####}, deviation {1 / scale:0.####}: relative error {error:0.0e0}")));
        var (builder, x) = (new GraphBuilder(node.Graph, node, "substituted"), node.Input(0)!);
        var y = builder.Custom("Dice", [x, Constant(_ => scale), Constant(_ => shift), Constant(a => a)]);
        y.SetType(node.Output.Type, node.Output.TypeIsInferred);
        y.Producer!.CopyMetadata(node);
        node.Output.ReplaceAllUsesWith(y);
        node.Graph.RemoveNode(node);

        double Dice(double v, double a) => v * (a + (1 - a) * PointwiseOperators.Sigmoid(scale * v + shift));

        // All three have the shape of the slopes.
        Value Constant(Converter<double, double> of) => builder.Constant(BoundTensor.Of(x.ElementType!.Value, slopes.Dims, Array.ConvertAll(slopes.Values, of)));
    }

    static double Knee(double x, double slope) => x < 0 ? slope * x : x;
}
