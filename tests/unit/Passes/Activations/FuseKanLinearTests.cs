using Onnxc.Benchmarks;
using Onnxc.IR;
using Onnxc.Passes.Activations;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Activations;

/// <summary>Layers as libraries of Kolmogorov-Arnold networks export them.</summary>
public sealed class FuseKanLinearTests
{
    const double Tolerance = 1e-5;

    static Model Fused(Model model)
    {
        var copy = ModelReader.Read(ModelWriter.ToBytes(model)).OrThrow();
        PassTest.Run(new FuseKanLinear(), copy, new OrtEvaluator(), inference: new TypeInference());
        PassTest.Run(new FuseAfKanLinear(), copy, new OrtEvaluator(), inference: new TypeInference());
        PassTest.Run(new FuseDaruanLinear(), copy, new OrtEvaluator(), inference: new TypeInference());
        return copy;
    }

    public static TheoryData<string, int, int> Layers()
    {
        var data = new TheoryData<string, int, int>();
        foreach (var form in KanForms.Names)
            foreach (var (inputs, outputs) in new[] { (64, 64), (3, 5), (1, 2) }) data.Add(form, inputs, outputs);
        return data;
    }

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_layer_becomes_one_node_with_the_same_results(string form, int inputs, int outputs)
    {
        // Where an amplitude is near zero, its magnitude has half of the digits that its square has.
        AssertSame(KanForms.Of(form, inputs, outputs), inputs, form == "qkan" ? 1e-4 : Tolerance);
    }

    /// <summary>Five centres, an odd number, whose function has parts that fit no odd number and are not used.</summary>
    [Fact]
    public void The_example_becomes_one_node() =>
        AssertSame(OnnxParser.Parse(File.ReadAllText(Path.Combine(SharedData.Repository, "examples/kan/layer.onnxtxt")), "layer").OrThrow(), 2);

    [Fact]
    public void Functions_that_are_normalised_over_the_batch_are_refused_with_an_explanation()
    {
        var model = KanForms.AfKan(4, 3, perBatch: true);
        var before = model.Revision;
        var run = PassTest.Run(new FuseAfKanLinear(), model, new OrtEvaluator(), inference: new TypeInference());
        Assert.Equal("ONNXC0474", Assert.Single(run.Diagnostics).Descriptor.Id);
        Assert.Equal(before, model.Revision);
    }

    static void AssertSame(Model model, int inputs, double tolerance = Tolerance)
    {
        var fused = Fused(model);
        Assert.Single(fused.Main.Nodes, n => n.Op.Domain == "ai.onnxc");
        // ReLU-KAN ends with an axis of one.
        Assert.DoesNotContain(fused.Main.Nodes, n => n.Op.Domain != "ai.onnxc" && n.Op.Name != "Unsqueeze");
        foreach (var settings in new[] { SessionSettings.Default, SessionSettings.Default.WithKernels() })
            foreach (var rows in new[] { 1, 7, 256 })
            {
                var x = Numbers(rows, inputs);
                var (expected, actual) = (Run(model, x, settings), Run(fused, x, settings));
                Assert.Equal(expected.Dims, actual.Dims);
                foreach (var (a, b) in expected.ToArray<float>().Zip(actual.ToArray<float>())) Assert.Equal(a, b, tolerance);
            }
    }

    // From beyond one end of every grid to beyond the other.
    static TensorData Numbers(int rows, int inputs) =>
        TensorData.Floats([.. Enumerable.Range(0, rows * inputs).Select(i => 3.1f * MathF.Sin(1.7f * i + 0.3f))], rows, inputs);

    static TensorData Run(Model model, TensorData x, SessionSettings settings)
    {
        using var session = OrtModel.Load(ModelWriter.ToBytes(model), settings).OrThrow();
        return ((TensorValue)session.Run(new Dictionary<string, RuntimeValue> { ["x"] = new TensorValue(x) }).OrThrow()["y"]).Data;
    }
}
