using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Text;

/// <summary>Helpers for tests of the textual syntax.</summary>
static class Texts
{
    public const string Header = "<ir_version: 10, opset_import: [\"\" : 21]>\n";

    public static Model Parse(string text) => OnnxParser.Parse(text).OrThrow();

    /// <summary>The model of a graph whose nodes are <paramref name="nodes"/>, with an input <c>x</c> and an output <c>y</c>.</summary>
    public static Model Nodes(string nodes) => Parse($"{Header}g (float[N] x, bool b) => (y) {{ {nodes} }}");

    /// <summary>The attribute <paramref name="attribute"/> of a node.</summary>
    public static AttributeValue Attribute(string attribute) =>
        Assert.Single(Nodes($"y = Op <{attribute}> (x)").Main.Nodes.First!.Attributes).Value;

    public static TensorData Tensor(string literal) => Assert.IsType<TensorAttribute>(Attribute($"v = {literal}")).Value;

    public static Diagnostic Error(string text, string? file = null)
    {
        var result = OnnxParser.Parse(text, file);
        Assert.False(result.IsOk);
        return Assert.Single(result.Diagnostics);
    }

    /// <summary>Prints, parses and prints again; the texts must agree. Yields the text.</summary>
    public static string AssertFixedPoint(Model model)
    {
        var first = OnnxPrinter.Print(model);
        var result = OnnxParser.Parse(first);
        Assert.True(result.IsOk, result.IsOk ? "" : first + "\n" + Renderer.Render(result.Diagnostics[0]));
        Assert.Empty(result.Diagnostics);
        Assert.Equal(first, OnnxPrinter.Print(result.Value));
        return first;
    }

    public static string AssertFixedPoint(string text) => AssertFixedPoint(Parse(text));
}
