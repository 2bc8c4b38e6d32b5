using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Runtime.Faults;

public sealed class WeightLayoutTests
{
    // Channels that fill blocks of vectors, channels that do not, and depthwise ones.
    static Model Convolutions(Func<int, float[]> weights)
    {
        var model = Samples.NewModel(17);
        var value = model.Main.AddInput("x", Samples.Floats(1, 3, 8, 8));
        var layer = 0;
        foreach (var (from, to, group) in new[] { (3, 32, 1), (32, 32, 32), (32, 20, 1), (20, 8, 1) })
        {
            long[] dims = [to, from / group, 3, 3];
            var weight = model.Main.AddInitializer($"w{layer}", TensorData.Floats(weights((int)(to * dims[1] * 9)), dims));
            var bias = model.Main.AddInitializer($"b{layer}", TensorData.Floats(weights(to), to));
            value = Samples.Add(model.Main, "Conv", [value, weight, bias], $"c{layer}", ("pads", new IntsAttribute([1, 1, 1, 1])), ("group", new IntAttribute(group)));
            value = Samples.Add(model.Main, "Relu", [value], $"r{layer++}");
        }
        model.Main.AddOutput(value, "y");
        return model;
    }

    static Model Random(int seed)
    {
        var random = new SplitMix((ulong)seed);
        return Convolutions(count => [.. Enumerable.Range(0, count).Select(_ => (float)(random.Uniform() - 0.5))]);
    }

    static readonly Dictionary<string, RuntimeValue> Input = new()
    {
        ["x"] = new TensorValue(TensorData.Floats([.. Enumerable.Range(0, 192).Select(i => MathF.Sin(i))], 1, 3, 8, 8)),
    };

    [Fact]
    public void Every_element_has_a_place_that_holds_it()
    {
        var pinned = PinnedModel.Of(Samples.Source(Random(1))).OrThrow();
        var moved = 0;
        for (var i = 0; i < pinned.Weights.Count; i++)
        {
            var (original, placed) = (pinned.Weights[i].Data.ToArray<float>(), pinned.Layout.Weights[i]);
            var data = placed.Data.ToArray<float>();
            for (var k = 0; k < original.Length; k++) Assert.Equal(original[k], data[placed.PlaceOf(k)]);
            if (placed.Places is not null) moved++;
        }
        Assert.True(moved > 0, "ONNX Runtime moved no weight at all");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_number_that_is_changed_there_is_changed_in_the_model(int seed)
    {
        var pinned = PinnedModel.Of(Samples.Source(Random(1))).OrThrow();
        using var session = FaultSession.Open(pinned).OrThrow();
        Assert.Null(session.Feed([Input], ["y"]));
        var every = Enumerable.Range(0, pinned.Weights.Count).ToList();
        Assert.True(session.Memory.Strike(new FaultModel { Bit = 31 }, every, 0.02, (ulong)seed, 0) > 20);
        var struck = ((TensorValue)session.Compute().OrThrow()[0]["y"]).Data.ToArray<float>();

        // The same faults, written into a model as it came.
        var written = Random(1);
        using var memory = new FaultMemory(pinned.Weights, WeightLayout.Plain([], pinned.Weights).Weights);
        memory.Strike(new FaultModel { Bit = 31 }, every, 0.02, (ulong)seed, 0);
        for (var i = 0; i < every.Count; i++)
        {
            var old = written.Main.Initializers.Single(v => v.Name == pinned.Weights[i].Name);
            var changed = written.Main.AddInitializer("changed", new DenseTensor(ElementType.Float, old.Initializer!.Dims, memory[i].Bytes.ToArray()));
            old.ReplaceAllUsesWith(changed);
        }
        using var loaded = Samples.Source(written).Load().OrThrow();
        var expected = ((TensorValue)loaded.Run(Input).OrThrow()["y"]).Data.ToArray<float>();
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], struck[i], 1e-4 * Math.Max(1, Math.Abs(expected[i])));
        session.Memory.Heal();
        Assert.NotEqual(struck, ((TensorValue)session.Compute().OrThrow()[0]["y"]).Data.ToArray<float>());
    }
}
