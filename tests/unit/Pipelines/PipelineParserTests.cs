using Onnxc.Pipelines;
using Xunit;

namespace Onnxc.Tests.Pipelines;

public sealed class PipelineParserTests
{
    [Theory]
    [InlineData("fold-constants, eliminate-dead-code")]
    [InlineData("repeat{max=8}(fold-constants{max-elements=65536}, simplify, eliminate-dead-code)")]
    [InlineData("@basic, fuse{only=[fuse-conv-batch-norm, fuse-mat-mul-add]}, verify{full}")]
    [InlineData("convert-opset{to=21}, infer-shapes{strict}, @default")]
    [InlineData("inline{keep=[\"com.acme\"]}, main(repeat(simplify)), prune-functions")]
    [InlineData("quantize{weights=int8, exclude=[\"/lm_head/MatMul\"]}, compare{rtol=1e-3, seed=7}")]
    [InlineData("repeat{max=8}(@basic)")]
    [InlineData("quantize{weights=int4, block=32, method=hqq} where op == MatMul and not name ~ \"lm_head\"")]
    [InlineData("clip-activations{method=ft-clipact}, quantize{weights=int8, activations=int8}")]
    [InlineData("a where op in [Conv, com.microsoft.Gelu, \"odd op\"] and op != MatMul")]
    [InlineData("a where params > 1M or params >= 2k and depth < 4 or depth <= 1 and params == 3 or depth != 0 and depth == 2")]
    [InlineData("a where not (dtype == float or dtype != float16) and scope ~ \"main/.*\\d+\"")]
    [InlineData("a where not not op == Conv, b where dtype in [float, int8]")]
    [InlineData("a{x=-1.5e+10k, y=[], z=[[1, 2], \"q\\\"\\\\\"]}")]
    [InlineData("")]
    public void Canonical_text_parses_and_prints_as_it_was(string text) =>
        Assert.Equal(text, PipelineParser.Parse(text).OrThrow().ToString());

    [Theory]
    [InlineData("a{}", "a")]
    [InlineData(" a , b\n{ x = 1 ,\ty }( c )where( op==Conv )", "a, b{x=1, y}(c) where op == Conv")]
    [InlineData("# first\na # behind, with a , and (\n, # between\nb # last", "a, b")]
    [InlineData("# nothing but a comment", "")]
    [InlineData("a where (op == A or op == B) or op == C", "a where (op == A or op == B) or op == C")]
    [InlineData("a where ((op == A) and (op == B)) or (op == C)", "a where op == A and op == B or op == C")]
    [InlineData("a where name ~ \"\\\\d\"", "a where name ~ \"\\d\"")]
    [InlineData("@ basic", "@basic")]
    public void Blanks_comments_and_idle_parentheses_vanish(string text, string canonical)
    {
        var syntax = PipelineParser.Parse(text).OrThrow();
        Assert.Equal(canonical, syntax.ToString());
        Assert.Equal(canonical, PipelineParser.Parse(canonical).OrThrow().ToString());
    }

    [Fact]
    public void And_binds_tighter_than_or()
    {
        var where = PipelineParser.Parse("a where op == A or op == B and not op == C").OrThrow().Steps[0].Where;
        var or = Assert.IsType<OrSyntax>(where);
        Assert.IsType<ConditionSyntax>(or.Terms[0]);
        Assert.IsType<NotSyntax>(Assert.IsType<AndSyntax>(or.Terms[1]).Terms[1]);
    }

    [Theory]
    [InlineData("1", 1L)]
    [InlineData("-3", -3L)]
    [InlineData("1.5k", 1500L)]
    [InlineData("2M", 2_000_000L)]
    [InlineData("3G", 3_000_000_000L)]
    [InlineData("1e3", 1000L)]
    [InlineData("1.5", null)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", null)]
    [InlineData("9223372036854775807G", null)]
    [InlineData("1e400", null)]
    public void Whole_numbers(string text, long? expected) => Assert.Equal(expected, new NumberSyntax(text, default).AsInt64);

    [Fact]
    public void Spans_point_at_names_and_values()
    {
        const string Text = "a, bc{opt = [1, 2] }";
        var option = PipelineParser.Parse(Text).OrThrow().Steps[1].Options[0];
        Assert.Equal("opt", Text.Substring(option.NameSpan.Start, option.NameSpan.Length));
        Assert.Equal("[1, 2]", Text.Substring(option.Value!.Span.Start, option.Value.Span.Length));
    }
}
