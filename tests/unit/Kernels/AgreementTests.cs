using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Function and kernel agree.</summary>
public sealed class AgreementTests : AgreementCases
{
    private protected override (SessionSettings Expected, SessionSettings Actual) SidesOf(string op) => (Body, Kernel);

    // Large tensors test the work's division, which no opset changes.
    private protected override long[] Opsets(TensorData x) => x.ElementCount > 10_000 ? [21] : [17, 18, 21, 25];

    [Fact]
    public void A_result_does_not_depend_on_the_number_of_threads()
    {
        foreach (var op in new[] { "PolyReLU", "PolyNorm", "StatisticalTopK" })
        {
            var x = Random(ElementType.Float, [37, 9973], 11, special: false);
            var model = ModelOf(op, [x]);
            Assert.True(Run(model, [x], Kernel with { Threads = 2 }).ContentEquals(Run(model, [x], Kernel)));
        }
    }
}
