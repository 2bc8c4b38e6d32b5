using System.Globalization;
using MathNet.Numerics.LinearAlgebra;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Clip;

namespace Onnxc.Passes.Activations;

/// <summary>A polynomial of the positive part, by weighted least squares. Beyond the largest number that was seen it stays where it is there.</summary>
static class PolyReluFit
{
    const int DefaultOrder = 3;
    const double Ridge = 1e-13;

    public static ActivationFit Fit(FitProblem problem, int order, ElementType element)
    {
        var count = order > 0 ? order : DefaultOrder;
        // By the largest number, so that powers are of one size.
        var most = Math.Max(problem.Numbers.Most, 1e-3);
        var (normal, target) = (Matrix<double>.Build.Dense(count + 1, count + 1), Vector<double>.Build.Dense(count + 1));
        for (var i = 0; i < problem.Numbers.Numbers.Length; i++)
        {
            var (x, weight) = (problem.Numbers.Numbers[i], problem.Numbers.Weights[i]);
            for (var row = 0; row <= count; row++)
            {
                target[row] += weight * Power(x, row) * problem.Function(x);
                for (var column = 0; column <= count; column++) normal[row, column] += weight * Power(x, row) * Power(x, column);
            }
        }
        for (var i = 0; i <= count; i++) normal[i, i] += Ridge;
        var solved = normal.Cholesky().Solve(target);
        // The highest power comes first.
        float[] weights = [.. Enumerable.Range(0, count).Select(i => (float)(solved[count - i] / Math.Pow(most, count - i)))];
        var bias = (float)solved[0];
        // A line is as good beyond as within.
        var isClamped = count > 1;
        return new(
            string.Create(CultureInfo.InvariantCulture, $"poly-relu of order {count}, weights [{string.Join(", ", weights.Select(w => w.ToString("0.#####", CultureInfo.InvariantCulture)))}], bias {bias:0.#####}"),
            2 * count + 2 + (isClamped ? 4 : 0), problem.Error(Evaluate), problem.Tail(Evaluate), Emit);

        double Power(double x, int power) => power == 0 ? 1 : Math.Pow(Math.Max(0, x) / most, power);

        double Evaluate(double x)
        {
            var r = Math.Max(0, isClamped ? Math.Min(x, most) : x);
            return weights.Aggregate(0.0, (sum, w) => (sum + w) * r) + bias;
        }

        Value Emit(GraphBuilder builder, Value x) => builder.Custom("PolyReLU",
            [isClamped ? builder.Op("Min", [x, builder.Constant(BoundTensor.Of(element, [], [most]))]) : x], ("weights", new FloatsAttribute([.. weights])), ("bias", bias));
    }
}
