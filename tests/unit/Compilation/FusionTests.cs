using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Compilation;

public sealed class FusionTests
{
    const string Gelu = """
        <ir_version: 10, opset_import: ["": 21]>
        g (float[2,3] x) => (float[2,3] y) <float r = {1.41421356}, float one = {1}, float half = {0.5}> {
          d = Div (x, r)  e = Erf (d)  a = Add (e, one)  m = Mul (x, a)  g = Mul (m, half)  i = Identity (g)  y = Tanh (i)
        }
        """;

    static readonly OpId FusedGelu = new("", "Gelu");

    static Model Read(string text) => OnnxParser.Parse(text, "test").OrThrow();

    [Fact]
    public void What_ONNX_Runtime_fuses_is_counted_before_and_after()
    {
        var (result, _) = CompileTest.Compile(Read(Gelu.Replace("e = Erf (d)", "n = Identity (d)  e = Erf (n)", StringComparison.Ordinal)), "eliminate-identity");
        var fusions = result.Check!.Fusions!;
        Assert.Equal((1, 1), (fusions.Before!.Fused[FusedGelu], fusions.After!.Fused[FusedGelu]));
        Assert.False(fusions.IsIntact);
        Assert.Empty(fusions.Lost);
        Assert.Empty(fusions.Kept);
    }

    [Fact]
    public void A_result_that_holds_the_patterns_as_they_were_is_not_counted()
    {
        var (result, written) = CompileTest.Compile(Read(Gelu), "eliminate-identity");
        Assert.DoesNotContain(written!.Main.Nodes, n => n.Op.Is("Identity"));
        var fusions = result.Check!.Fusions!;
        Assert.True(fusions.IsIntact);
        Assert.Equal(1, fusions.Before!.Fused[FusedGelu]);
        Assert.False(fusions.Costs);
    }

    [Theory]
    [InlineData("m = Mul (x, a)", "m = Mul (a, x)")]
    [InlineData("one = {1}", "one = {2}")]
    [InlineData("d = Div (x, r)", "d = Div (x, half)")]
    [InlineData("y = Tanh (i)", "y = Add (i, e)")]
    [InlineData("=> (float[2,3] y)", "=> (float[2,3] y, float[2,3] e)")]
    [InlineData("e = Erf (d)", "e = Tanh (d)")]
    [InlineData("e = Erf (d)", "n = Abs (d)  e = Erf (n)")]
    public void What_stands_otherwise_is_not_as_it_was(string before, string after)
    {
        var path = Path.Combine(Path.GetTempPath(), $"onnxc-{Guid.NewGuid():N}.onnx");
        try
        {
            Assert.Null(ModelWriter.Write(Read(Gelu), path));
            var census = FusionCensus.Of(path).OrThrow();
            Assert.True(census.IsIntact(Read(Gelu), Read(Gelu)));
            Assert.False(census.IsIntact(Read(Gelu), Read(Gelu.Replace(before, after, StringComparison.Ordinal))));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Changes_that_would_cost_a_fusion_are_not_made_and_others_are()
    {
        var (result, written) = CompileTest.Compile(Read(Gelu), "negate-twice, eliminate-identity");
        Assert.Empty(result.Diagnostics);
        Assert.Equal(CheckOutcome.Passed, result.Check!.Outcome);
        Assert.Equal(FusedGelu, Assert.Single(result.Check.Fusions!.Kept).Key);
        Assert.Equal(["Div", "Erf", "Add", "Mul", "Mul", "Tanh"], written!.Main.Nodes.Select(n => n.Op.Name));
        Assert.Equal(1, result.Passes.Single(p => p.Pass == "negate-twice").Denied);
    }

    [Fact]
    public void Within_a_pattern_that_is_left_alone_what_ONNX_Runtime_does_itself_is_done()
    {
        var model = Gelu.Replace("e = Erf (d)", "n = Identity (d)  e = Erf (n)", StringComparison.Ordinal);
        var (result, written) = CompileTest.Compile(Read(model), "negate-twice, eliminate-identity");
        Assert.Equal(FusedGelu, Assert.Single(result.Check!.Fusions!.Kept).Key);
        Assert.Equal(["Div", "Erf", "Add", "Mul", "Mul", "Tanh"], written!.Main.Nodes.Select(n => n.Op.Name));
    }

    [Fact]
    public void Attention_of_an_exported_GPT_2_is_kept()
    {
        // What stands behind the attention, and how its shape is computed, decides whether ONNX Runtime takes it for one.
        var input = SharedData.Model("structure/gpt2_past_3069_nodes.onnx");
        var output = Path.Combine(Path.GetTempPath(), $"onnxc-{Guid.NewGuid():N}.onnx");
        try
        {
            var fusions = Compiler.Compile(new CompileOptions { Input = input, Output = output }).Check!.Fusions!;
            Assert.Empty(fusions.Lost);
            Assert.Equal(11, fusions.Before!.Fused[new("com.microsoft", "Attention")]);
            Assert.Equal("com.microsoft.Attention", Assert.Single(fusions.Kept).Key.ToString());
        }
        finally
        {
            File.Delete(output);
        }
    }

    [Fact]
    public void A_fusion_that_cannot_be_kept_is_a_warning()
    {
        // This pass asks for a change of the model as a whole, so that nothing tells which node it is about.
        var (result, written) = CompileTest.Compile(Read(Gelu), "publish-negated");
        var warning = Assert.Single(result.Diagnostics);
        Assert.Equal((Descriptors.FusionLost, Severity.Warning), (warning.Descriptor, warning.Severity));
        Assert.Contains("1 fewer `Gelu`", warning.Message, StringComparison.Ordinal);
        Assert.Contains(written!.Main.Nodes, n => n.Op.Is("Neg"));
    }

    [Fact]
    public void A_part_that_is_gone_is_no_loss()
    {
        var (result, written) = CompileTest.Compile(Read("""
            <ir_version: 10, opset_import: ["": 21]>
            g (float[2,3] x) => (float[2,3] z) <float r = {1.41421356}, float one = {1}, float half = {0.5}, bool no = {0}> {
              z = If (no) <
                then_branch = then_body () => (float[2,3] y) { d = Div (x, r)  e = Erf (d)  a = Add (e, one)  m = Mul (x, a)  y = Mul (m, half) },
                else_branch = else_body () => (float[2,3] n) { n = Neg (x) }
              >
            }
            """), "eliminate-constant-if");
        Assert.Empty(result.Diagnostics);
        Assert.Equal(["Neg"], written!.Main.Nodes.Select(n => n.Op.Name));
    }

    [Fact]
    public void Models_with_external_data_are_counted_as_well()
    {
        var folder = Directory.CreateTempSubdirectory("onnxc-fusions-");
        try
        {
            var (input, output) = (Path.Combine(folder.FullName, "in.onnx"), Path.Combine(folder.FullName, "out.onnx"));
            var write = new WriteOptions { ExternalData = ExternalDataMode.Always };
            var model = Read(Gelu.Replace("(float[2,3] y)", "(float[?,3] y)", StringComparison.Ordinal).Replace("(float[2,3] x)", "(float[1024,3] x)", StringComparison.Ordinal));
            var weight = model.Main.AddInitializer("w", TensorData.Floats(Enumerable.Range(0, 3 * 1024).Select(i => (float)i).ToArray(), 1024, 3));
            var scale = model.Main.Nodes.First(n => n.Op.Is("Tanh"));
            scale.SetInput(0, model.Main.AddNode(new OpId("", "Add"), [scale.Input(0), weight], ["sum"], before: scale).Output);
            Assert.Null(ModelWriter.Write(model, input, write));
            var result = Compiler.Compile(new CompileOptions { Input = input, Output = output, Write = write, Pipeline = "eliminate-identity" });
            Assert.Null(result.Check!.Fusions!.Reason);
            Assert.Equal(1, result.Check.Fusions.Before!.Fused[FusedGelu]);
            Assert.True(result.Check.Fusions.IsIntact);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
