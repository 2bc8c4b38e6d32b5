using Onnxc.IR;

namespace Onnxc.Passes.Quantization;

/// <summary>
/// Rounds activations to float8 (e4m3) with a scale for each token, <c>s = max|x| / 448</c> over the last axis (Wu et al., ZeroQuant-FP, 2023, section 3).
/// It needs no data. What follows computes in floats, since ONNX Runtime has no products of float8 on CPUs.
/// </summary>
sealed class TokenQuantizer
{
    // `Cast` knows float8 since this version, and files hold it since that one.
    public const int OldestOpset = 19;
    const int OldestFile = 9;

    const double Largest = 448;

    // One for each activation, whoever takes it.
    readonly Dictionary<Value, Value> rounded = [];

    /// <summary>The rounded form of <paramref name="x"/>, made in front of <paramref name="consumer"/> when it is first asked for.</summary>
    public Value Round(Value x, Node consumer, ElementType element)
    {
        if (rounded.TryGetValue(x, out var known)) return known;
        consumer.Graph.Model.RaiseIrVersion(OldestFile);
        var builder = new GraphBuilder(consumer.Graph, consumer, "quantize");
        Value Number(double value) => builder.Constant(FloatingType.Write(element, [], [(float)value]));
        var most = builder.Op("ReduceMax", [builder.Op("Abs", [x]), builder.Constant(TensorData.Of<long>(ElementType.Int64, [1], [-1]))]);
        // A token of nothing but zeros has a scale all the same.
        var scale = builder.Op("Max", [builder.Op("Mul", [most, Number(1 / Largest)]), Number(element == ElementType.Float16 ? 6.2e-5 : 1e-30)]);
        var codes = builder.Op("Cast", [builder.Op("Div", [x, scale])], ("to", (long)ElementType.Float8E4M3FN));
        var value = builder.Op("Mul", [builder.Op("Cast", [codes], ("to", (long)element)), scale]);
        value.SetType(x.Type, x.TypeIsInferred);
        return rounded[x] = value;
    }
}
