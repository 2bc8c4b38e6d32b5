using System.Globalization;
using System.Text.RegularExpressions;
using Onnxc.IR;
using Onnxc.Passes.Convert;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Tests.Conformance;
using Xunit;

namespace Onnxc.Tests.Passes.Convert;

/// <summary>The table of versions against ONNX Runtime, which knows the standard's, and against the operators of the conformance cases.</summary>
public sealed partial class OperatorHistoryTests(ITestOutputHelper output)
{
    // Any number of inputs and outputs, or attributes that are read first: no call of them is refused with a version in the message.
    static readonly HashSet<string> NeverRefused = new(StringComparer.Ordinal) { "Constant", "Scan", "SequenceMap" };

    // Published after ONNX Runtime took over opset 25.
    const string NotYet = "Attention at opset 25";

    [Fact]
    public void Lists_the_very_versions_that_ONNX_Runtime_has()
    {
        var (asked, wrong) = (0, new List<string>());
        foreach (var name in OperatorHistory.Names.Where(n => !NeverRefused.Contains(n)))
            for (var opset = 1; opset <= OperatorHistory.Latest; opset++)
            {
                var expected = OperatorHistory.Has(name, opset) ? OperatorHistory.Of(name).Last(v => v.Number <= opset).Number : 0;
                var actual = VersionAt(name, opset);
                asked++;
                if (string.Create(CultureInfo.InvariantCulture, $"{name} at opset {opset}") != NotYet && actual != expected) wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{name} at opset {opset}: {expected} expected, ONNX Runtime has {actual}"));
            }
        output.WriteLine($"{asked} asked");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(asked > 4800, $"{asked} asked");
    }

    [Fact]
    public void Knows_every_operator_of_the_conformance_cases()
    {
        var nodes = ConformanceCase.All().Select(c => c.ReadModel()).Where(r => r.IsOk).SelectMany(r => r.OrThrow().AllNodes())
            .Where(n => n.Op.IsStandard && n.Graph.Opsets[""] is >= 7 and <= OperatorHistory.Latest && n.Graph.Model.Functions[n.Op] is null).ToList();
        Assert.All(nodes, n => Assert.True(OperatorHistory.Has(n.Op.Name, n.Graph.Opsets[""]), $"{n.Op} at opset {n.Graph.Opsets[""]}"));
        Assert.True(nodes.Select(n => n.Op.Name).Distinct().Count() > 150);
    }

    [Fact]
    public void Adapters_stand_at_incompatible_versions_only_and_few_versions_have_none()
    {
        var without = new List<string>();
        foreach (var name in OperatorHistory.Names)
            foreach (var version in OperatorHistory.Of(name))
            {
                var found = Adapters.Of(name, version.Number) is not null;
                Assert.True(version.NeedsAdapter || !found, $"{name} {version.Number} has an adapter");
                if (version.NeedsAdapter && !found) without.Add(string.Create(CultureInfo.InvariantCulture, $"{name} {version.Number}"));
            }
        Assert.Equal(["Attention 24", "Attention 25", "GRU 3", "GlobalLpPool 2", "LpPool 2", "MeanVarianceNormalization 9", "Tile 6", "Upsample 7"], without.Order(StringComparer.Ordinal));
    }

    // A call with more inputs than any version takes, or else more outputs, is refused in the name of the version; 0: there is none.
    static int VersionAt(string name, int opset)
    {
        foreach (var (inputs, outputs) in ((int, int)[])[(12, 1), (1, 12)])
        {
            var model = new Model(10, OpsetImports.Empty.With("", opset));
            var x = model.Main.AddInput("x", new TensorType(ElementType.Float, Shape.Scalar));
            // Left out inputs count, and keep the message short.
            Value?[] operands = [.. Enumerable.Repeat<Value?>(null, inputs - 1), x];
            var node = model.Main.AddNode(new OpId("", name), operands, Enumerable.Range(0, outputs).Select(i => $"y{i}"));
            model.Main.AddOutput(node.Output);
            var loaded = OrtModel.Load(ModelWriter.ToBytes(model), SessionSettings.Unoptimized);
            loaded.Value?.Dispose();
            var message = loaded.IsOk ? "" : loaded.Diagnostics[0].Message;
            if (Schema().Match(message) is { Success: true } schema) return int.Parse(schema.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            if (message.Contains("not a registered function/op", StringComparison.Ordinal) || message.Contains("No Op registered", StringComparison.Ordinal)
                || message.Contains("deprecated", StringComparison.Ordinal)) return 0;
        }
        return -1;
    }

    [GeneratedRegex(@"schema\(::\w+:(\d+)\)")]
    private static partial Regex Schema();
}
