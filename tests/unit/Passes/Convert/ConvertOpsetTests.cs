using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Onnxc.Runtime;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Passes.Convert;

public sealed class ConvertOpsetTests
{
    /// <summary>Opset, body of the main graph, and what the message has to say.</summary>
    public static TheoryData<int, string, string> Blockers => new()
    {
        { 7, "g (float[2,3,4] x, float[3,4] s) => (y) { y = BatchNormalization <spatial = 0> (x, s, s, s, s) }", "(version 9 of the operator)" },
        { 9, "g (float[2,3,4] x, float[3] s) => (y) { y, m, v, sm, sv = BatchNormalization (x, s, s, s, s) }", "normalizes by the statistics of the batch" },
        { 10, "g (float[2,3] x) => (y, m) { y, m = Dropout (x) }", "its mask is in use" },
        { 6, "g (float[2,3] x) => (y) { y = Dropout (x) }", "it is in training mode" },
        { 10, "g (float[1,1,4,4] x, float[4] s) => (y) { y = Resize (x, s) }", "its scales are not known" },
        { 10, "g (float[1,1,4,4] x) => (y) <float[4] s = {1, 1, 2, 0.5}> { y = Resize (x, s) }", "shrinks along another" },
        { 11, "g (float[1,1,4,4] x) => (y) <float[0] e = {}, float[4] s = {1, 1, 2, 2}> { y = Resize <coordinate_transformation_mode = \"tf_half_pixel_for_nn\"> (x, e, s) }", "tf_half_pixel_for_nn" },
        { 8, "g (float[1,3,2] x) => (y) { y = Scan <num_scan_inputs = 1, body = b (float[2] i) => (o) { o = Relu (i) }> (, x) }", "scans every entry of a batch by itself" },
        { 10, "g (x) => (y) { y = Clip <min = 0.0> (x) }", "the element type of its input is not known" },
        { 10, "g (x) => (y) { y = Pad <pads = [1,1], value = 1.0> (x) }", "the element type of its input is not known" },
        { 18, "g (x, s) => (y) { y = GroupNormalization <num_groups = 2> (x, s, s) }", "the element type of its input is not known" },
        { 6, "g (float[2,3] x, z) => (y) { y = Add <broadcast = 1, axis = 0> (x, z) }", "the ranks of its inputs are not known" },
        { 6, "g (x, float[3] s) => (y) { y = PRelu (x, s) }", "it may have a slope for each channel" },
        { 5, "g (float[2,3] x) => (y) { y = Tile (x, x, x) }", "its old form has no equal in the new one" },
    };

    [Theory]
    [MemberData(nameof(Blockers))]
    public void What_cannot_be_expressed_is_an_error_and_nothing_is_changed(int opset, string body, string reason)
    {
        var (model, run) = Convert($"<ir_version: 8, opset_import: [\"\": {opset}]>\n{body}");
        var error = Assert.Single(run.Diagnostics);
        Assert.Equal("ONNXC0301", error.Id);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"cannot be converted from opset {opset} to 21"), error.Message, StringComparison.Ordinal);
        Assert.StartsWith("<model>#main/", error.Location!.ToString(), StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(error.Help));
        Assert.Equal(opset, model.Opsets[""]);
        Assert.Equal(8, model.IrVersion);
    }

    [Fact]
    public void All_blockers_are_listed_and_what_could_be_converted_is_left_alone_too()
    {
        var (model, run) = Convert("""
            <ir_version: 8, opset_import: ["": 10, "my": 1]>
            g (float[2,3] x, bool c) => (y, m) {
              a = Clip <min = 0.0> (x)
              b, m = Dropout (a)
              d = Frobnicate (b)
              y = If (c) < then_branch = t () => (p) { p, q, r, s, u = BatchNormalization (d, x, x, x, x) }, else_branch = e () => (v) { v = my.F (x) } >
            }
            <domain: "my", opset_import: ["": 10]>
            F (x) => (y) { y = Clip <min = 0.0> (x) }
            """);
        Assert.Equal(["Dropout(b)", "Frobnicate(d)", "If(y)/then_branch/BatchNormalization(p)", "Clip(y)"],
            run.Diagnostics.Select(d => d.Location!.ToString()!).Select(l => l[(l.IndexOf('/', StringComparison.Ordinal) + 1)..]));
        Assert.Equal(["ONNXC0301", "ONNXC0302", "ONNXC0301", "ONNXC0301"], run.Diagnostics.Select(d => d.Id));
        Assert.Equal(0, model.Revision);
        Assert.Equal("Clip", model.Main.Nodes.First!.Op.Name);
        Assert.True(model.Main.Nodes.First!.Attributes.Has("min"));
    }

    [Fact]
    public void An_operator_that_the_standard_does_not_have_at_that_version_is_unknown()
    {
        var (_, run) = Convert("<ir_version: 8, opset_import: [\"\": 12]>\ng (float[2,3] x) => (y, z) { y = Gelu (x) z = Upsample (x, x) }");
        Assert.Equal(["ONNXC0302", "ONNXC0302"], run.Diagnostics.Select(d => d.Id));
        Assert.Contains("`Gelu`, which opset 12", run.Diagnostics[0].Message, StringComparison.Ordinal);
        Assert.All(run.Diagnostics, d => Assert.False(string.IsNullOrEmpty(d.Help)));
    }

    [Fact]
    public void A_local_function_may_have_the_name_of_an_unknown_operator()
    {
        var (model, run) = Convert("<ir_version: 8, opset_import: [\"\": 12]>\ng (float[2,3] x) => (y) { y = Frobnicate (x) }\n<domain: \"\", opset_import: [\"\": 12]>\nFrobnicate (x) => (y) { y = Relu (x) }");
        Assert.True(run.Succeeded, string.Join('\n', run.Diagnostics));
        Assert.Equal(21, model.Opsets[""]);
    }

    [Theory]
    [InlineData(12, 17, true)]
    [InlineData(17, 12, true)]
    [InlineData(25, 12, true)]
    [InlineData(13, 17, false)]
    public void A_function_that_ONNX_Runtime_reads_by_another_opset_than_its_own_is_not_converted(int own, int main, bool blocks)
    {
        var (_, run) = Convert($"<ir_version: 8, opset_import: [\"\": {main}, \"my\": 1]>\ng (float[2,3] x) => (y) {{ y = my.F (x) }}\n<domain: \"my\", opset_import: [\"\": {own}]>\nF (x) => (y) {{ y = Softmax (x) }}");
        if (blocks) Assert.Contains("ONNX Runtime goes by that", Assert.Single(run.Diagnostics).Message, StringComparison.Ordinal);
        else Assert.Empty(run.Diagnostics);
    }

    [Fact]
    public void Initializers_among_the_inputs_stay_constants_when_the_format_lets_callers_override_them()
    {
        var (model, run) = Convert("<ir_version: 3, opset_import: [\"\": 8]>\ng (float[2,3] x, float[3] w = {1, 2, 3}) => (float[2,3] y) { y = Mul (x, w) }");
        Assert.True(run.Succeeded);
        Assert.Equal(10, model.IrVersion);
        Assert.Equal(["x"], model.Main.Inputs.Select(i => i.Name));
        Assert.NotNull(model.Main.Initializers.Single().Constant);
    }

    [Fact]
    public void The_version_of_the_format_never_falls()
    {
        var (model, _) = Convert("<ir_version: 12, opset_import: [\"\": 8, \"com.microsoft\": 1]>\ng (float[2,3] x, float[3] w = {1, 2, 3}) => (float[2,3] y) { y = Mul (x, w) }");
        Assert.Equal(12, model.IrVersion);
        Assert.Equal(2, model.Main.Inputs.Count);
        Assert.Equal(1, model.Opsets["com.microsoft"]);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(26)]
    public void A_target_beyond_the_table_is_rejected(int to)
    {
        var bound = PipelineBinder.Bind(FormattableString.Invariant($"convert-opset{{to={to}}}"), StandardCatalog.Instance);
        Assert.Equal("ONNXC0216", Assert.Single(bound.Diagnostics).Id);
    }

    [Theory]
    [InlineData("AveragePool <kernel_shape = [2,2]> (x)", Numerics.Rounding)]
    [InlineData("MaxPool <kernel_shape = [2,2]> (x)", Numerics.Exact)]
    public void Promises_the_same_bits_but_for_what_ONNX_Runtime_rounds_otherwise(string call, Numerics promised)
    {
        var (_, run) = Convert($"<ir_version: 8, opset_import: [\"\": 12]>\ng (float[1,1,4,4] x) => (y) {{ y = {call} }}");
        Assert.Equal(promised, Assert.Single(run.Reports).Numerics);
    }

    static (Model Model, PassRun Run) Convert(string text, string pipeline = "convert-opset")
    {
        var model = OnnxParser.Parse(text).OrThrow();
        model.Revision = 0;
        var run = new PassRunner(new OrtEvaluator(), new TypeInference(), new RunnerOptions { Verify = Verifier.Check })
            .Run(PipelineBinder.Bind(pipeline, StandardCatalog.Instance).OrThrow(), model);
        return (model, run);
    }
}
