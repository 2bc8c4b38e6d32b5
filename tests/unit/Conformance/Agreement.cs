using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Tests.Conformance;

/// <summary>Equality as ONNX's own backend runner has it: floats within its tolerance, everything else exactly.</summary>
static class Agreement
{
    const double Relative = 1e-3, Absolute = 1e-7;

    /// <summary>Both have the same structure, types and extents, and elements that are close.</summary>
    public static bool IsClose(RuntimeValue expected, RuntimeValue actual)
    {
        if (expected is SequenceValue { Items: var xs } && actual is SequenceValue { Items: var ys })
            return xs.Length == ys.Length && xs.Zip(ys, IsClose).All(same => same);
        if (expected is not TensorValue { Data: var x } || actual is not TensorValue { Data: var y } || !x.Element.IsFloatingPoint())
            return expected.ContentEquals(actual);
        if (x.Element != y.Element || !x.Dims.SequenceEqual(y.Dims)) return false;
        return TensorNumbers.Read(x).Zip(TensorNumbers.Read(y)).All(p => IsClose(p.First, p.Second));
    }

    /// <summary>True when every output that <paramref name="expected"/> names is close; false as well when it names none.</summary>
    public static bool IsClose(IReadOnlyDictionary<string, RuntimeValue> expected, IReadOnlyDictionary<string, RuntimeValue> actual) =>
        expected.Count > 0 && expected.All(e => actual.TryGetValue(e.Key, out var value) && IsClose(e.Value, value));

    /// <summary>The first output whose bits differ; null when there is none.</summary>
    public static string? FirstDifference(IReadOnlyDictionary<string, RuntimeValue> expected, IReadOnlyDictionary<string, RuntimeValue> actual) =>
        expected.Where(e => !actual.TryGetValue(e.Key, out var value) || !e.Value.ContentEquals(value)).Select(e => e.Key).FirstOrDefault();

    static bool IsClose(double expected, double actual) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= Absolute + Relative * Math.Abs(expected);
}
