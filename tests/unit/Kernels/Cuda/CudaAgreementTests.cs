using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>The kernels for GPUs, run on the CPU, agree with those for the CPU.</summary>
public sealed class CudaAgreementTests : AgreementCases
{
    private protected override (SessionSettings Expected, SessionSettings Actual) SidesOf(string op)
    {
        Assert.SkipUnless(CudaEmulator.Operators.Contains(op), $"{op} has no kernel for GPUs");
        return (KernelTest.Kernel, CudaEmulator.Settings());
    }

    // Of a kernel no opset changes anything.
    private protected override long[] Opsets(TensorData x) => [21];

    static void AssertClose(string op, TensorData expected, TensorData actual)
    {
        // Sums over a row come in another order.
        var tolerance = (op is "PolyNorm" or "StatisticalTopK", expected.Element) switch
        {
            (false, _) => 0,
            (_, ElementType.Float) => 1e-5,
            (_, ElementType.Float16) => 1 / 128.0,
            _ => 1 / 16.0,
        };
        foreach (var (a, b) in TensorNumbers.Read(expected).Zip(TensorNumbers.Read(actual)))
            Assert.True(a.Equals(b) || Math.Abs(a - b) <= tolerance, $"{op} of {expected.Type}: {a:R} and {b:R}");
    }

    public static TheoryData<string> Operators => [.. CudaEmulator.Operators];

    /// <summary>Whole packs are read where addresses are multiples of 16 bytes, single elements elsewhere; buffers of ONNX Runtime are, a caller's need not be.</summary>
    [Theory]
    [MemberData(nameof(Operators))]
    public void Where_a_tensor_starts_makes_no_difference(string op)
    {
        var emulator = CudaEmulator.Instance();
        foreach (var element in new[] { ElementType.Float, ElementType.Float16, ElementType.BFloat16 })
        {
            var x = Random(element, [3, 1024], 21, special: op is not ("PolyNorm" or "StatisticalTopK"));
            TensorData[] inputs = op == "ClippedActivation" ? [x, Random(element, [1024], 22, special: false), Random(element, [3, 1], 23, special: false)] : [x];
            (string, AttributeValue)[] attributes = op == "SplineActivation" ? [("coefficients", new FloatsAttribute([0, 1, 2, 3, 6, -1, 0.5f, 0]))] : [];
            var model = ModelOf(op, inputs, 21, attributes);
            var expected = Run(model, inputs, KernelTest.Kernel);
            var size = element == ElementType.Float ? sizeof(float) : sizeof(ushort);
            emulator.Move = (3 * 1024 * size, size);
            try
            {
                var actual = Run(model, inputs, CudaEmulator.Settings());
                AssertClose(op, expected, actual);
            }
            finally
            {
                emulator.Move = null;
            }
        }
    }
}
