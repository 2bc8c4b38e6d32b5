using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class InputGeneratorTests
{
    static ModelPort Port(string name, ElementType element, params Dim[] dims) => new(name, new TensorType(element, new Shape([.. dims])));

    static TensorData First(InputGenerator generator, params ModelPort[] ports) => ((TensorValue)generator.Candidates(ports).First()[ports[0].Name]).Data;

    [Fact]
    public void A_seed_means_the_same_everywhere()
    {
        // Pinned: a change here changes every seeded comparison.
        Assert.Equal(0xE220A8397B1DCDAFUL, new SplitMix(0).Next());
        var values = First(new InputGenerator(7), Port("x", ElementType.Float, 2, 2));
        Assert.True(values.ContentEquals(First(new InputGenerator(7), Port("x", ElementType.Float, 2, 2), Port("y", ElementType.Int64, 9))));
        Assert.False(values.ContentEquals(First(new InputGenerator(8), Port("x", ElementType.Float, 2, 2))));
    }

    [Fact]
    public void Equal_symbols_get_equal_extents_and_overrides_win()
    {
        var overrides = ShapeOverrides.Parse(["seq=5", "image:1,3,17,17"]).OrThrow();
        ModelPort[] ports = [Port("ids", ElementType.Int64, Dim.Named("b"), Dim.Named("seq")), Port("attention_mask", ElementType.Int64, Dim.Named("b"), Dim.Named("seq")),
            Port("image", ElementType.Float, Dim.Named("b"), 3, Dim.Unknown, Dim.Unknown)];
        var values = new InputGenerator(0, overrides).Candidates(ports).First();
        Assert.Equal(((TensorValue)values["ids"]).Data.Dims, ((TensorValue)values["attention_mask"]).Data.Dims);
        Assert.Equal(5, ((TensorValue)values["ids"]).Data.Dims[1]);
        Assert.Equal([1L, 3, 17, 17], ((TensorValue)values["image"]).Data.Dims);
        Assert.Equal(Descriptors.BadShapeOverride, ShapeOverrides.Parse(["x:1,two"]).Diagnostics[0].Descriptor);
    }

    [Theory]
    [InlineData("0,-")]
    [InlineData("=4")]
    [InlineData("name")]
    public void Bad_overrides_are_refused(string text) => Assert.Equal(Descriptors.BadShapeOverride, ShapeOverrides.Parse([text]).Diagnostics[0].Descriptor);

    [Fact]
    public void Every_shared_model_runs_with_generated_inputs()
    {
        Assert.SkipUnless(SharedData.IsAvailable, "the models are not here");
        var failed = new List<string>();
        foreach (var path in SharedData.AllModels())
        {
            var loaded = OrtModel.Load(path);
            if (!loaded.IsOk) continue;
            using var model = loaded.Value;
            var inputs = new InputGenerator().ForModel(model, TimeSpan.FromSeconds(60));
            if (!inputs.IsOk) failed.Add($"{path}: {inputs.Diagnostics[0]} {string.Join(' ', inputs.Diagnostics[0].Notes)}");
        }
        Assert.Empty(failed);
    }
}
