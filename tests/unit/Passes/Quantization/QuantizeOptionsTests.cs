using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Quantization;
using Onnxc.Runtime;
using Xunit;
using static Onnxc.Tests.Passes.Quantization.WeightModels;

namespace Onnxc.Tests.Passes.Quantization;

public sealed class QuantizeOptionsTests
{
    static readonly Quantize.Options Plain = new();

    public static TheoryData<Quantize.Options, string> Unfit => new()
    {
        { Plain with { Block = 24 }, "`block` is 24, but must be 0, or 16, 32, 64, 128 or 256" },
        { Plain with { Block = 512 }, "`block` is 512" },
        { Plain with { AccuracyLevel = 5 }, "`accuracy-level` is 5" },
        { Plain with { LowRank = -1 }, "`low-rank` is -1" },
        { Plain with { Method = WeightMethod.Hqq }, "for int2 and int4 alone" },
        { Plain with { Method = WeightMethod.Hqq, Weights = WeightType.E2m1 }, "for int2 and int4 alone" },
        { Plain with { Method = WeightMethod.Hqq, Weights = WeightType.Int4, PerTensor = true }, "`per-tensor`" },
        { Plain with { Method = WeightMethod.Hqq, Weights = WeightType.Int4, Form = WeightForm.Portable }, "`form=portable` cannot hold" },
        { Plain with { Symmetric = false, PowerOfTwo = PowerOfTwo.M1 }, "`power-of-two`" },
        { Plain with { Weights = WeightType.Post, Form = WeightForm.Portable }, "`form=portable` holds integers" },
        { Plain with { Weights = WeightType.Int4, Activations = ActivationType.Dynamic }, "int8 or uint8" },
        { Plain with { Method = WeightMethod.Gptq, Activations = ActivationType.Dynamic }, "rounds to nearest" },
    };

    [Theory]
    [MemberData(nameof(Unfit))]
    public void Options_that_do_not_fit_are_named(Quantize.Options options, string message)
    {
        var error = Assert.Throws<DiagnosticException>(() => Quantize(PassTest.NewModel(), options)).Diagnostic;
        Assert.Equal(Descriptors.QuantizeOptionsUnfit.Id, error.Id);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WeightMethod.Gptq, "gptq")]
    [InlineData(WeightMethod.Awq, "awq")]
    public void Methods_that_need_data_say_so(WeightMethod method, string name)
    {
        var model = Product(Normal(new SplitMix(1), ElementType.Float, 1, 32, 32));
        var error = Assert.Throws<DiagnosticException>(() => Quantize(model, Plain with { Method = method })).Diagnostic;
        Assert.Equal(Descriptors.WeightMethodNeedsData.Id, error.Id);
        Assert.Contains($"`method={name}`", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_is_not_finite_stays_as_it_is()
    {
        var weights = Normal(new SplitMix(1), ElementType.Float, 1, 32, 32).ToArray<float>();
        weights[77] = float.NaN;
        foreach (var options in new[] { Plain, Plain with { Activations = ActivationType.Dynamic }, Plain with { PerTensor = true }, Plain with { Weights = WeightType.E2m1, PowerOfTwo = PowerOfTwo.M2 } })
        {
            var cx = Quantize(Product(TensorData.Floats(weights, 32, 32)), options);
            Assert.Equal(0, cx.Changed);
            Assert.Contains("a weight is not finite", cx.Skipped.Keys);
        }
    }

    /// <summary>Left behind, the old weight would make the model larger.</summary>
    [Fact]
    public void Nothing_of_the_old_weight_is_left()
    {
        var model = Product(Normal(new SplitMix(1), ElementType.Float, 1, 256, 256));
        var before = Onnxc.Serialization.ModelWriter.ToBytes(model).Length;
        Quantize(model, Plain with { Weights = WeightType.Int4 });
        Assert.DoesNotContain(model.Main.Initializers, i => i.Name == "W");
        Assert.True(Onnxc.Serialization.ModelWriter.ToBytes(model).Length < 0.17 * before);
    }

    [Fact]
    public void Zero_weights_stay_zero()
    {
        foreach (var type in Enum.GetValues<WeightType>())
        {
            var model = Product(TensorData.Floats(new float[32 * 32], 32, 32));
            Quantize(model, Plain with { Weights = type });
            Assert.All(Run(model, TensorData.Floats([.. Enumerable.Repeat(1f, 64)], 2, 32)), y => Assert.Equal(0, y));
        }
    }
}
