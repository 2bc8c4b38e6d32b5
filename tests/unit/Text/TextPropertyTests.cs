using System.Diagnostics;
using System.Globalization;
using CsCheck;
using Onnxc.IR;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Text;

public sealed class TextPropertyTests
{
    [Fact]
    public void Printing_what_was_read_prints_the_same_text() =>
        Gen.Int.Sample(seed => Texts.AssertFixedPoint(new RandomModel(seed).Make()), iter: 1500);

    [Fact]
    public void Reading_keeps_structure_and_uses() => Gen.Int.Sample(seed =>
    {
        var model = new RandomModel(seed).Make();
        var read = Texts.Parse(OnnxPrinter.Print(model));
        var bodies = model.Bodies().Zip(read.Bodies()).ToList();
        Assert.Equal(model.Bodies().Count(), read.Bodies().Count());
        // Values correspond by where they are defined; then every use has to be of the corresponding value.
        var same = new Dictionary<Value, Value>();
        foreach (var (a, b) in bodies)
        {
            foreach (var (v, w) in a.Inputs.Zip(b.Inputs)) same[v] = w;
            foreach (var (m, n) in a.Nodes.Zip(b.Nodes))
                foreach (var (v, w) in m.Outputs.Zip(n.Outputs)) same[v] = w;
            var known = a.Initializers.Where(v => !v.IsGraphInput && Sent(v)).ToList();
            foreach (var (v, w) in known.Zip(b.Initializers.Where(v => !v.IsGraphInput && Sent(v)))) same[v] = w;
        }
        foreach (var (a, b) in bodies)
        {
            Assert.Equal(a.Initializers.Count, b.Initializers.Count);
            foreach (var (m, n) in a.Nodes.Zip(b.Nodes))
            {
                Assert.Equal((m.Op, m.InputCount, m.Outputs.Length, m.Attributes.Count), (n.Op, n.InputCount, n.Outputs.Length, n.Attributes.Count));
                for (var i = 0; i < m.InputCount; i++) Assert.Same(m.Input(i) is { } v ? same[v] : null, n.Input(i));
            }
            foreach (var (v, w) in a.Outputs.Zip(b.Outputs))
            {
                // A slot whose name is not that of its value is fed by an identity.
                var found = w.Producer is { } p && p.Op.Is("Identity") && !same.ContainsValue(w) ? p.Input(0) : w;
                Assert.Same(same[v], found);
            }
        }
        static bool Sent(Value v) => v.Name.Length > 0 || v.HasUses || v.Initializer is not null;
    }, iter: 500);

    [Theory]
    [InlineData("tr-TR")]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void The_culture_makes_no_difference(string culture)
    {
        var expected = Enumerable.Range(0, 50).Select(seed => Texts.AssertFixedPoint(new RandomModel(seed).Make())).ToList();
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(culture);
            Assert.Equal(expected, Enumerable.Range(0, 50).Select(seed => Texts.AssertFixedPoint(new RandomModel(seed).Make())));
            Assert.Equal(0.123f, Assert.IsType<FloatAttribute>(Texts.Attribute("alpha = 0.123")).Value);
            Assert.Equal("ONNXC0604", Texts.Error($"{Texts.Header}I () => (i) {{ }}").Id);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Cutting_or_changing_a_text_never_crashes() => Gen.Select(Gen.Int[0, 200], Gen.Int, Gen.Char["{}()[]<>=,:@\"\\#?x1-. n"]).Sample((seed, at, c) =>
    {
        var text = OnnxPrinter.Print(new RandomModel(seed).Make()).ToCharArray();
        text[(int)((uint)at % text.Length)] = c;
        var result = OnnxParser.Parse(new string(text));
        if (result.IsOk) Texts.AssertFixedPoint(result.Value);
        else Assert.StartsWith("ONNXC06", result.Diagnostics[0].Id, StringComparison.Ordinal);
    }, iter: 3000);

    [Fact]
    public void Large_weights_are_read_in_linear_time()
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, 2_500_000).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var model = new Model(10, OpsetImports.Empty);
        model.Main.AddOutput(model.Main.AddInitializer("w", TensorData.Floats(values, 2500, 1000)));
        var clock = Stopwatch.StartNew();
        var text = OnnxPrinter.Print(model);
        var printed = clock.Elapsed;
        var read = Texts.Parse(text);
        TestContext.Current.TestOutputHelper?.WriteLine($"{text.Length} characters: print {printed}, parse {clock.Elapsed - printed}");
        Assert.Equal(values, read.Main.Initializers.Single().Initializer!.ToArray<float>());
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Large_graphs_are_read_in_linear_time()
    {
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        var value = model.Main.AddInput("x", new TensorType(ElementType.Float, new Shape([1, 2])));
        for (var i = 0; i < 40_000; i++)
        {
            value = model.Main.AddNode(new OpId("", "Add"), [value, value], [$"/layer.{i}/Add_output_0"], [new("axis", i), new("alpha", 0.5f)], $"/layer.{i}/Add").Output;
            value.SetType(new TensorType(ElementType.Float, new Shape([1, 2])));
        }
        model.Main.AddOutput(value);
        var clock = Stopwatch.StartNew();
        var text = OnnxPrinter.Print(model);
        var printed = clock.Elapsed;
        var read = Texts.Parse(text);
        TestContext.Current.TestOutputHelper?.WriteLine($"{text.Length} characters: print {printed}, parse {clock.Elapsed - printed}");
        Assert.Equal(40_000, read.Main.Nodes.Count);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10));
    }
}
