using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>Models with operators of ours load and run, with the kernels and without, however ONNX Runtime optimises and saves them.</summary>
public sealed class LoadingTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-kernels").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static readonly OptimizationLevel[] Levels = [OptimizationLevel.Disabled, OptimizationLevel.Basic, OptimizationLevel.Extended, OptimizationLevel.All];

    public static TheoryData<string> Operators => [.. Onnxc.Operators.OperatorLibrary.All.Select(o => o.Name)];

    // The number of tokens that are left follows from an attribute, which `merge-tokens` states in the file.
    public static TheoryData<string> Inferred => [.. Onnxc.Operators.OperatorLibrary.All.Select(o => o.Name).Where(n => !n.EndsWith("Merge", StringComparison.Ordinal))];

    static (Model Model, TensorData[] Inputs) Case(string op)
    {
        var x = Floats([2, 4], -1, 0.5f, 2, 3, 0.25f, 4, -2, 1);
        var (tokens, ones) = (Floats([1, 4, 2], -1, 0.5f, 2, 3, 0.25f, 4, -2, 1), Floats([1, 4, 1], 1, 1, 2, 1));
        TensorData[] inputs = op switch
        {
            "AfKanLinear" => [x, Square(4), Floats([4], 1, 2, 3, 4), Floats([3, 2], -1, 0, 1, 2, 0.5f, -0.5f), Floats([4], 1, 1, 1, 1), Floats([4], 0, 0, 0, 0)],
            "ClippedActivation" => [x, Floats([], 0), Floats([4], 1, 2, 3, 4)],
            "Dice" => [x, Floats([4], 1, 2, 3, 4), Floats([4], 0, 1, -1, 0.5f), Floats([4], 0.25f, 0, 0.5f, 1)],
            "DaruanLinear" => [x, Floats([4, 3, 4], [.. Enumerable.Range(0, 48).Select(i => i % 5 / 4f - 0.5f)]), Floats([4], 1, 2, 3, 4)],
            "KanLinear" => [x, Floats([4, 5, 4], [.. Enumerable.Range(0, 80).Select(i => i % 7 / 4f - 1)]), Floats([4], 1, 2, 3, 4),
                Floats([4, 8], [.. Enumerable.Range(0, 32).Select(i => i % 8 - 3.5f)]), Floats([4], 1, 1, 1, 1), Floats([4], 0, 0, 0, 0)],
            "LutMatMul" => [x, TensorData.Of<byte>(ElementType.UInt8, [4, 1, 2], [0x21, 0x43, 0x65, 0x87, 0xA9, 0xCB, 0xED, 0x0F]), Floats([4, 1], 1, 2, -1, 0.5f),
                Floats([16], [.. Enumerable.Range(0, 16).Select(i => i / 4f - 2)])],
            "BipartiteMerge" => [tokens, tokens, ones],
            "ModulatedMerge" => [tokens, tokens, ones, Floats([1], 0.5f), Floats([2], 0.3f, -0.2f), Floats([2], 1, 2), Floats([2], 0, 1)],
            "WeightedEmbeddingBag" => [x, TensorData.Of<long>(ElementType.Int64, [2, 4], [0, 3, -1, 1, 2, 2, -4, 0]), Square(1)],
            "MaskedGemv" => [x, Square(1), Floats([], 0.75f)],
            "SparseGatedFfn" => [x, Floats([2, 4], 0, 1, -2, 0.5f, 0.5f, 0, 0, 3), Square(2), Square(3), Floats([4], 0, 0.5f, 0, 1)],
            "MaskedGemvNBits" => [x, Codes([4, 2]), Square(1), Floats([], 8), Floats([], 0.75f)],
            "SparseGatedFfnNBits" => [x, Floats([2, 4], 0, 1, -2, 0.5f, 0.5f, 0, 0, 3), Codes([4, 1, 2]), Floats([4, 1], 0.25f, 0.5f, -1, 1), Floats([4, 1], 8, 7, 0, 8),
                Codes([4, 2]), Square(3), Square(5), Floats([4], 0, 0.5f, 0, 1)],
            _ => [x],
        };
        (string, AttributeValue)[] attributes = op == "SplineActivation" ? [("coefficients", new FloatsAttribute([0, 1, 2, 3, 6, -1, 0.5f, 0]))]
            : op == "Daruan" ? [("coefficients", new FloatsAttribute([0.5f, 0.25f, -0.125f]))]
            : op == "MultiLevelActivation" ? [("shifts", new FloatsAttribute([-5, 0, 5]))]
            : op.EndsWith("Merge", StringComparison.Ordinal) ? [("r", 1L)] : op.EndsWith("NBits", StringComparison.Ordinal) ? [("block", 1L)] : [];
        return (ModelOf(op, inputs, 21, attributes), inputs);
    }

    static TensorData Codes(long[] dims) => TensorData.Of<byte>(ElementType.UInt8, dims, [0x21, 0x43, 0x65, 0x87, 0xA9, 0xCB, 0xED, 0x0F]);

    static TensorData Square(int seed) => Floats([4, 4], [.. Enumerable.Range(0, 16).Select(i => (i * seed % 7 - 3) / 4f)]);

    [Theory]
    [MemberData(nameof(Operators))]
    public void At_every_level_and_after_it_was_saved_optimised(string op)
    {
        var (model, inputs) = Case(op);
        var expected = Run(model, inputs, Body).ToArray<float>();
        foreach (var level in Levels)
        {
            foreach (var settings in new[] { Body, Kernel })
            {
                var saved = Path.Combine(folder, "saved.onnx");
                AssertNear(expected, Run(model, inputs, settings with { Optimization = level, OptimizedModelPath = saved }));
                var bytes = File.ReadAllBytes(saved);
                foreach (var again in Levels) AssertNear(expected, Run(bytes, inputs, settings with { Optimization = again }));
                // Saved without kernels, the function stands in the graph, and loads anywhere.
                if (settings == Body) AssertNear(expected, Run(bytes, inputs, Kernel));
            }
        }
    }

    static void AssertNear(float[] expected, TensorData actual)
    {
        foreach (var (a, b) in expected.Zip(actual.ToArray<float>())) Assert.Equal(a, b, 1e-5f);
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void The_kernel_takes_the_place_of_the_function(string op)
    {
        var (model, _) = Case(op);
        foreach (var level in Levels)
        {
            Assert.Equal(1, Count(Kernel));
            Assert.Equal(0, Count(Body));

            int Count(SessionSettings settings)
            {
                var saved = Path.Combine(folder, "saved.onnx");
                OrtModel.Load(ModelWriter.ToBytes(model), settings with { Optimization = level, OptimizedModelPath = saved }).OrThrow().Dispose();
                return ModelReader.Read(saved).OrThrow().Main.Nodes.Count(n => n.Op.Domain == "ai.onnxc");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Inferred))]
    public void Shapes_are_inferred_with_kernels_and_without(string op)
    {
        var (model, inputs) = Case(op);
        foreach (var (input, data) in model.Main.Inputs.Zip(inputs)) input.SetType(new TensorType(data.Element, new Shape([.. data.Dims.Select(d => (Dim)d)])));
        model.Main.Outputs[0].SetType(null);
        foreach (var settings in new[] { Body, Kernel })
        {
            using var loaded = OrtModel.Load(ModelWriter.ToBytes(model), settings).OrThrow();
            Assert.Equal(Runtime.Samples.Floats(2, 4), loaded.Outputs[0].Type);
        }
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void An_input_of_unknown_rank_is_no_obstacle(string op)
    {
        var (model, inputs) = Case(op);
        foreach (var input in model.Main.Inputs) input.SetType(new TensorType(input.ElementType!.Value, null));
        AssertNear(Run(model, inputs, Body).ToArray<float>(), Run(model, inputs, Kernel));
    }

    /// <summary>ONNX Runtime lets a result lie where an input lay that nothing else reads.</summary>
    [Theory]
    [MemberData(nameof(Operators))]
    public void A_result_may_overwrite_its_input(string op)
    {
        var (model, inputs) = Case(op);
        var graph = model.Main;
        var node = graph.Nodes.Single(n => n.Op.Domain == "ai.onnxc");
        var twice = new GraphBuilder(graph, node).Op("Add", [graph.Inputs[0], graph.Inputs[0]]);
        node.SetInput(0, twice);
        foreach (var settings in new[] { Body, Kernel })
            AssertNear(Run(model, inputs, Body).ToArray<float>(), Run(model, inputs, settings));
    }

    [Fact]
    public void Sessions_and_runs_may_overlap()
    {
        var (model, inputs) = Case("PolyNorm");
        var expected = Run(model, inputs, Body).ToArray<float>();
        Parallel.For(0, 32, _ => AssertNear(expected, Run(model, inputs, Kernel with { Threads = 2 })));
    }
}
