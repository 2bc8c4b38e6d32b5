using System.Globalization;
using System.Text;
using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Outline;

public sealed class ExtractFunctionsTests
{
    static readonly SessionSettings Plain = SessionSettings.Unoptimized.With("session.disable_prepacking", "1");

    /// <summary>Layers of random operators: some inputs come from before the layer, some from within, some are weights.</summary>
    static Model Layers(int seed, int layers)
    {
        var random = new Random(seed);
        var model = PassTest.NewModel(opset: 18, ir: 8);
        var graph = model.Main;
        var (stream, mask) = (graph.AddInput("x", PassTest.Type(2, 4)), graph.AddInput("z", PassTest.Type(2, 4)));
        var plan = Enumerable.Range(0, random.Next(9, 20)).Select(i => (Op: random.Next(7), Other: random.Next(i + 1))).ToList();
        var next = 0;
        for (var layer = 0; layer < layers; layer++)
        {
            var values = new List<Value> { stream };
            foreach (var (op, other) in plan)
            {
                var (a, b) = (values[^1], values[other]);
                values.Add(op switch
                {
                    0 => Node("Add", layer, a, b),
                    1 => Node("Sub", layer, a, mask),
                    2 => Node("Mul", layer, a, graph.AddInitializer(Name("w"), TensorData.Floats([1 + layer, 2, 3, 4]))),
                    3 => Node("Max", layer, a, graph.AddInitializer(Name("c"), TensorData.Scalar(0.25f))),
                    4 => Node("Neg", layer, a),
                    5 => Node("Abs", layer, a),
                    _ => Node("Sigmoid", layer, a),
                });
            }
            stream = Node("Add", layer, stream, values[^1]);
            if (random.Next(4) == 0) graph.AddOutput(values[random.Next(1, values.Count)], Name("y"));
        }
        graph.AddOutput(stream, "y");
        return model;

        string Name(string stem) => string.Create(CultureInfo.InvariantCulture, $"{stem}{next++}");
        Value Node(string op, int layer, params Value?[] inputs) => graph.AddNode(new OpId("", op), inputs, [Name("v")], null, $"/layer.{layer}/{Name(op)}").Output;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Inlining_gives_the_nodes_back(int layers)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var model = Layers(seed, layers);
            var (text, operators, bytes) = (OnnxPrinter.Print(model), Operators(model), ModelWriter.ToBytes(model));
            var functions = Run("extract-functions", model);
            Assert.True(functions.Changes > 0, text);
            Assert.True(model.AllNodes().Count(n => !n.Op.Is("Constant")) < operators.Sum(o => o.Count), text);
            var outlined = ModelWriter.ToBytes(model);

            Run("inline-functions, prune-functions", model);
            Assert.Equal(operators, Operators(model));
            Assert.Empty(model.Functions);
            AssertSame(bytes, outlined, text);
            AssertSame(bytes, ModelWriter.ToBytes(model), text);
        }
    }

    [Fact]
    public void Every_layer_becomes_a_call_named_after_its_scope()
    {
        var model = Layers(5, 12);
        Run("extract-functions", model);
        var layer = Assert.Single(model.Functions, f => f.Id.Name == "Layer");
        Assert.Equal(12, model.Main.Nodes.Count(n => n.Op == layer.Id));
        Assert.Contains(model.Main.Nodes, n => n.Name == "/layer.7/Layer");
    }

    [Theory]
    [InlineData("structure/bert_toy.onnx")]
    [InlineData("structure/gpt2_past_3069_nodes.onnx")]
    [InlineData("trained-text-lm/model.onnx")]
    [InlineData("ppocr/det.onnx")]
    public void A_real_model_comes_back_from_its_functions(string path)
    {
        var model = ModelReader.Read(SharedData.Model(path)).OrThrow();
        var operators = Operators(model);
        Run("extract-functions", model);
        Assert.NotEmpty(model.Functions);
        Run("inline-functions, prune-functions", model);
        Assert.Equal(operators, Operators(model));
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model), Plain).OrThrow();
    }

    /// <summary>Long runs of one operator, short layers, long layers: none may take quadratic time.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1500)]
    [InlineData(15_000)]
    public void Takes_time_linear_in_the_nodes(int period)
    {
        string[] operators = ["Neg", "Abs", "Relu", "Sin"];
        var text = new StringBuilder("<ir_version: 8, opset_import: [\"\": 17]>\ng (float[2] x0) => (float[2] x30000) {\n");
        for (var i = 0; i < 30_000; i++)
        {
            var op = operators[(int)(unchecked((ulong)(i % period) * 0x9E3779B97F4A7C15) >> 62)];
            text.Append(CultureInfo.InvariantCulture, $"x{i + 1} = {op} (x{i})\n");
        }
        var model = OnnxParser.Parse(text.Append('}').ToString(), "long").OrThrow();
        var run = Run("extract-functions", model);
        Assert.True(run.Reports[0].Milliseconds < 20_000, $"{run.Reports[0].Milliseconds} ms");
        Assert.True(model.AllNodes().Count() < 16_000, $"{model.AllNodes().Count()} nodes");
    }

    static PassRun Run(string pipeline, Model model)
    {
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check })
            .Run(PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow(), model);
        Assert.Empty(run.Diagnostics);
        return run;
    }

    static List<(string Op, int Count)> Operators(Model model) =>
        [.. model.AllNodes().Where(n => !n.Op.Is("Constant")).CountBy(n => n.Op.ToString()).Select(c => (c.Key, c.Value)).OrderBy(c => c.Key, StringComparer.Ordinal)];

    static void AssertSame(byte[] before, byte[] after, string text)
    {
        using var original = OrtModel.Load(before, Plain).OrThrow();
        using var rewritten = OrtModel.Load(after, Plain).OrThrow();
        var inputs = new InputGenerator(1).ForModel(original, TimeSpan.FromSeconds(10)).OrThrow();
        var (expected, actual) = (original.Run(inputs).OrThrow(), rewritten.Run(inputs).OrThrow());
        foreach (var (name, value) in expected) Assert.True(value.ContentEquals(actual[name]), $"`{name}` differs\n{text}");
    }
}
