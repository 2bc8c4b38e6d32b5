using MathNet.Numerics;
using Onnxc.IR;
using Onnxc.Passes.Fuse.Algebra;

namespace Onnxc.Passes.Activations;

/// <summary>Operators that compute every number by itself, as functions in double precision.</summary>
static class PointwiseOperators
{
    const string Contrib = "com.microsoft";

    // Those that cost so much that a look-up may be cheaper; the others only belong to their formulas.
    static readonly HashSet<string> Costly = new(StringComparer.Ordinal)
    {
        "Celu", "Elu", "Erf", "Exp", "FastGelu", "Gelu", "HardSigmoid", "HardSwish", "Mish", "QuickGelu", "Selu", "Sigmoid", "Softplus", "Swish", "Tanh",
    };

    public static bool IsCostly(Node node) => Costly.Contains(node.Op.Name);

    /// <summary>
    /// What <paramref name="node"/> computes of its inputs; null when it is no function of single numbers, or an attribute of it is a parameter.
    /// </summary>
    public static Func<double[], double>? Of(Node node) => node.Op.IsStandard ? Standard(node) : node.Op.Domain == Contrib ? OfOnnxRuntime(node) : null;

    public static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));

    public static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    public static double Gelu(double x) => x / 2 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    static double TanhGelu(double x) => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    static Func<double[], double>? Standard(Node node) => node.Op.Name switch
    {
        "Abs" => v => Math.Abs(v[0]),
        "Add" => v => v[0] + v[1],
        "Celu" => With(node, "alpha", 1, a => x => Math.Max(0, x) + Math.Min(0, a * (Math.Exp(x / a) - 1))),
        "Clip" => Clip(node),
        "Cos" => v => Math.Cos(v[0]),
        "Div" => v => v[0] / v[1],
        "Elu" => With(node, "alpha", 1, a => x => x < 0 ? a * (Math.Exp(x) - 1) : x),
        "Erf" => v => SpecialFunctions.Erf(v[0]),
        "Exp" => v => Math.Exp(v[0]),
        "Gelu" => node.Attributes.Text("approximate") == "tanh" ? v => TanhGelu(v[0]) : node.Attributes["approximate"] is ReferenceAttribute ? null : v => Gelu(v[0]),
        "HardSigmoid" => HardSigmoid(node),
        "HardSwish" => v => v[0] * Math.Clamp(v[0] / 6 + 0.5, 0, 1),
        "Identity" => v => v[0],
        "LeakyRelu" => With(node, "alpha", 0.01f, a => x => x < 0 ? a * x : x),
        "Log" => v => Math.Log(v[0]),
        "Max" when node.InputCount == 2 => v => Math.Max(v[0], v[1]),
        "Min" when node.InputCount == 2 => v => Math.Min(v[0], v[1]),
        "Mish" => v => v[0] * Math.Tanh(Softplus(v[0])),
        "Mul" => v => v[0] * v[1],
        "Neg" => v => -v[0],
        "Pow" => v => Math.Pow(v[0], v[1]),
        "Reciprocal" => v => 1 / v[0],
        "Relu" => v => Math.Max(0, v[0]),
        "Selu" => Selu(node),
        "Sigmoid" => v => Sigmoid(v[0]),
        "Sin" => v => Math.Sin(v[0]),
        "Softplus" => v => Softplus(v[0]),
        "Sqrt" => v => Math.Sqrt(v[0]),
        "Sub" => v => v[0] - v[1],
        "Swish" => With(node, "alpha", 1, a => x => x * Sigmoid(a * x)),
        "Tanh" => v => Math.Tanh(v[0]),
        _ => null,
    };

    static Func<double[], double>? OfOnnxRuntime(Node node) => node.Op.Name switch
    {
        "Gelu" => v => Gelu(v[0]),
        "FastGelu" when node.InputCount == 1 => v => TanhGelu(v[0]),
        "QuickGelu" => With(node, "alpha", 1.702f, a => x => x * Sigmoid(a * x)),
        _ => null,
    };

    static Func<double[], double>? With(Node node, string attribute, float missing, Func<double, Func<double, double>> make)
    {
        if (node.Attributes.Float(attribute, missing) is not { } value) return null;
        var function = make(value);
        return v => function(v[0]);
    }

    static Func<double[], double>? HardSigmoid(Node node) =>
        node.Attributes.Float("alpha", 0.2f) is { } alpha && node.Attributes.Float("beta", 0.5f) is { } beta ? v => Math.Clamp((double)alpha * v[0] + beta, 0, 1) : null;

    static Func<double[], double>? Selu(Node node) =>
        node.Attributes.Float("alpha", 1.67326319f) is { } alpha && node.Attributes.Float("gamma", 1.05070102f) is { } gamma
            ? v => gamma * (v[0] < 0 ? alpha * (Math.Exp(v[0]) - 1) : v[0])
            : null;

    // Bounds were attributes before version 11.
    static Func<double[], double>? Clip(Node node)
    {
        if (node.Attributes["min"] is ReferenceAttribute || node.Attributes["max"] is ReferenceAttribute) return null;
        var low = node.Input(1) is { } from ? Scalars.Read(from) : node.Attributes.Float("min", float.NegativeInfinity);
        var high = node.Input(2) is { } to ? Scalars.Read(to) : node.Attributes.Float("max", float.PositiveInfinity);
        return low is { } least && high is { } most ? v => Math.Min(Math.Max(v[0], least), most) : null;
    }
}
