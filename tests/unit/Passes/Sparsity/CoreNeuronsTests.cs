using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Sparsity;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Sparsity;

public sealed class CoreNeuronsTests
{
    const string Name = "trained-text-lm";

    // Three tokens of six neurons, of which three are positive in each.
    static readonly float[] Rows = [5, 3, 0, -1, 2, 0, 4, 0, 1, -2, 3, 0, 6, 1, 0, 2, 0, -1];

    static Model Text() => ModelReader.Read(SharedData.Model($"{Name}/model.onnx")).OrThrow();

    static Model Compiled(Sparsify.Options options)
    {
        var model = Text();
        var data = DataSet.ReadFor(model, SharedData.Model($"{Name}/calib.npz")).OrThrow();
        var cx = new PassContext("sparsify", null, new StepGate(), null, new TypeInference()) { Calibrator = new DataCalibrator(data, new() { Limit = 4 }) };
        new Sparsify(options with { Predicate = SparsityPredicate.CoreNeurons }).Run(model, cx);
        Assert.Empty(Verifier.Check(model));
        Assert.Empty(cx.Diagnostics);
        return model;
    }

    static IReadOnlyDictionary<string, RuntimeValue> Run(Model model, IReadOnlyDictionary<string, RuntimeValue> inputs)
    {
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model)).OrThrow();
        return loaded.Run(inputs).OrThrow();
    }

    static Dictionary<string, RuntimeValue> Prompt()
    {
        var data = DataSet.ReadFor(Text(), SharedData.Model($"{Name}/calib.npz")).OrThrow();
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(Text())).OrThrow();
        return data.Batches(loaded.Inputs).First().Inputs.ToDictionary(StringComparer.Ordinal);
    }

    static double[] Logits(IReadOnlyDictionary<string, RuntimeValue> outputs) => TensorNumbers.Read(((TensorValue)outputs["logits"]).Data);

    [Fact]
    public void The_core_of_a_text_are_neurons_in_most_cores_of_tokens()
    {
        // A share of 0.4 of three positive neurons is one.
        Assert.Equal([3, 0, 0, 0, 0, 0], CoreCounts.Of(Rows, 6, 0.4));
        // And of 0.7 it is two.
        Assert.Equal([3, 1, 0, 1, 1, 0], CoreCounts.Of(Rows, 6, 0.7));
        Assert.Equal([0, 4], CoreCounts.Most([3, 1, 0, 1, 2, 0], 2));
    }

    /// <summary>There may be fewer neurons in cores than are kept: lower places fill them up.</summary>
    [Fact]
    public void A_core_is_filled_up_the_same_way_each_time() => Assert.Equal([0, 1, 2], CoreCounts.Most(CoreCounts.Of(Rows, 6, 0.4), 3));

    [Fact]
    public void All_neurons_as_the_core_compute_what_the_model_does()
    {
        var (prompt, options) = (Prompt(), new Sparsify.Options { Target = 0.0001 });
        var expected = Logits(Run(Text(), prompt));
        var prefill = Run(Compiled(options with { Stage = CoreStage.Prefill }), prompt);
        Assert.Equal(expected, Logits(prefill));
        var decode = Run(Compiled(options with { Stage = CoreStage.Decode }), Bound(prompt, prefill));
        Assert.All(expected.Zip(Logits(decode)), p => Assert.Equal(p.First, p.Second, 1e-3));
        Assert.All(expected.Zip(Logits(Run(Compiled(options), prompt))), p => Assert.Equal(p.First, p.Second, 1e-3));
    }

    /// <summary>Prefill counts as <see cref="CoreCounts"/> does, and what it hands on are those neurons' weights.</summary>
    [Fact]
    public void Cores_of_a_prompt_are_handed_on_from_one_graph_to_the_other()
    {
        var (prompt, options) = (Prompt(), new Sparsify.Options { Target = 0.2 });
        var prefill = Run(Compiled(options with { Stage = CoreStage.Prefill }), prompt);
        var observed = Text();
        var block = FfnBlocks.In(observed.Main).First();
        observed.Main.AddOutput(block.Hidden, "hidden");
        var rows = ((TensorValue)Run(observed, prompt)["hidden"]).Data.ToArray<float>();
        var core = ((TensorValue)prefill["ffn_0_core"]).Data.ToArray<long>();
        Assert.Equal(CoreCounts.Most(CoreCounts.Of(rows, block.Neurons, 0.4), core.Length), core.Order());
        Assert.True(((TensorValue)prefill["ffn_0_down"]).Data.ContentEquals(CoreBlock.Slice(block.Down.Data, 0, core)));
        var decode = Logits(Run(Compiled(options with { Stage = CoreStage.Decode }), Bound(prompt, prefill)));
        var (expected, same) = (Logits(Run(Text(), prompt)), 0);
        for (var row = 0; row < expected.Length; row += 256)
            if (Array.IndexOf(expected, expected[row..(row + 256)].Max(), row, 256) - row == Array.IndexOf(decode, decode[row..(row + 256)].Max(), row, 256) - row) same++;
        Assert.True(same > expected.Length / 256 / 2, $"{same} of {expected.Length / 256}");
    }

    static Dictionary<string, RuntimeValue> Bound(Dictionary<string, RuntimeValue> prompt, IReadOnlyDictionary<string, RuntimeValue> prefill)
    {
        var inputs = prompt.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in prefill.Where(p => p.Key.StartsWith("ffn_", StringComparison.Ordinal) && !p.Key.EndsWith("_core", StringComparison.Ordinal))) inputs[name] = value;
        return inputs;
    }
}
