using Onnxc.Diagnostics;
using Onnxc.Pipelines;
using Onnxc.Tests.Passes;
using Xunit;

namespace Onnxc.Tests.Pipelines;

public sealed class PipelineBinderTests
{
    [Theory]
    [InlineData("rename-ops", "ONNXC0202", 1, "no pass is named `rename-ops`", "a similar name exists: `rename-op`")]
    [InlineData("basic", "ONNXC0202", 1, "no pass is named `basic`", "the built-in pipeline of that name is written `@basic`")]
    [InlineData("rename-op{form=Relu}", "ONNXC0203", 11, "`rename-op` has no option `form`", "a similar name exists: `from`")]
    [InlineData("rename-op{zzzzzz}", "ONNXC0203", 11, "`rename-op` has no option `zzzzzz`", "its options are `from`, `to`")]
    [InlineData("drop-identity{x}", "ONNXC0203", 15, "`drop-identity` has no option `x`", "it has no options")]
    [InlineData("everything{count=1.5}", "ONNXC0204", 18, "option `count` of `everything` takes a whole number, found `1.5`", null)]
    [InlineData("everything{count=3G}", "ONNXC0204", 18, "option `count` of `everything` takes a whole number, found `3G`", null)]
    [InlineData("everything{count}", "ONNXC0204", 12, "option `count` of `everything` takes a whole number, found `true`", null)]
    [InlineData("everything{rate=1e999}", "ONNXC0204", 17, "option `rate` of `everything` takes a number, found `1e999`", null)]
    [InlineData("everything{flag=yes}", "ONNXC0204", 17, "option `flag` of `everything` takes `true` or `false`, found `yes`", null)]
    [InlineData("everything{method=hqqq}", "ONNXC0204", 19, "option `method` of `everything` takes one of `round-to-nearest`, `hqq`, `int4`, found `hqqq`", "a similar name exists: `hqq`")]
    [InlineData("everything{only=[a, 1, [b]]}", "ONNXC0204", 17, "option `only` of `everything` takes a list of names or strings, found `[a, 1, [b]]`", null)]
    [InlineData("everything{flag, flag}", "ONNXC0205", 18, "`everything` sets option `flag` twice", null)]
    [InlineData("whole where op == Conv", "ONNXC0206", 1, "`whole` cannot be narrowed by `where`", null)]
    [InlineData("repeat(whole) where op == Conv", "ONNXC0206", 1, "`repeat` cannot be narrowed by `where`", "put `where` behind the steps inside")]
    [InlineData("@basics", "ONNXC0207", 2, "no built-in pipeline is named `@basics`", "a similar name exists: `basic`")]
    [InlineData("@loop", "ONNXC0208", 2, "pipeline `@loop` includes itself: `@loop` -> `@knot` -> `@loop`", null)]
    [InlineData("rename-op where name ~ \"a(\"", "ONNXC0210", 24, "the regular expression is not valid: at offset 2. Not enough )'s", null)]
    [InlineData("rename-op where depth < 1.5", "ONNXC0211", 25, "`depth` is compared with a whole number, found `1.5`", null)]
    [InlineData("rename-op where dtype == floot", "ONNXC0211", 26, "`dtype` is compared with an element type, found `floot`", "a similar name exists: `float`")]
    [InlineData("whole(drop-identity)", "ONNXC0214", 1, "`whole` takes no nested pipeline", null)]
    [InlineData("repeat{max=2}", "ONNXC0215", 1, "`repeat` needs a nested pipeline", "write `repeat(pass, pass)`")]
    [InlineData("repeat{max=0}(whole)", "ONNXC0204", 12, "option `max` of `repeat` takes a whole number from 1, found `0`", null)]
    [InlineData("picky{size=3}", "ONNXC0216", 1, "`picky` rejects its options: `size` must be even", null)]
    public void Errors_say_what_where_and_what_instead(string text, string id, int column, string message, string? help)
    {
        var error = Assert.Single(PipelineBinder.Bind(text, FakePasses.Catalog).Diagnostics);
        Assert.Equal((id, message, help), (error.Id, error.Message, error.Help));
        if (id != "ONNXC0208") Assert.Equal(column, Assert.IsType<TextLocation>(error.Location).Column);
    }

    [Fact]
    public void All_errors_are_collected()
    {
        var errors = PipelineBinder.Bind("nope, repeat(rename-op{x, y}), @none, picky{size=1} where name ~ \"[\"", FakePasses.Catalog).Diagnostics;
        Assert.Equal(["ONNXC0202", "ONNXC0203", "ONNXC0203", "ONNXC0207", "ONNXC0210", "ONNXC0216"], errors.Select(e => e.Id));
    }

    [Fact]
    public void Lookaround_is_refused_because_it_needs_backtracking() =>
        Assert.Equal("ONNXC0210", PipelineBinder.Bind("rename-op where name ~ \"(?=a)\"", FakePasses.Catalog).Diagnostics[0].Id);

    [Fact]
    public void Options_reach_the_pass()
    {
        var step = Bind("everything{flag, count=-2, max-elements=1M, rate=2, scale=0.25, name=\"n m\", method=int4, block=32, only=[a, \"b c\"], rates=1e-3, methods=[hqq, int4]}").Passes[0];
        var options = ((FakePasses.Everything)step.Pass).Given;
        Assert.Equal((true, -2, 1_000_000L, 2.0, 0.25f, "n m", FakePasses.Method.Int4, 32),
            (options.Flag, options.Count, options.MaxElements, options.Rate, options.Scale, options.Name, options.Method, options.Block));
        Assert.Equal(["a", "b c"], options.Only);
        Assert.Equal([1e-3], options.Rates);
        Assert.Equal([FakePasses.Method.Hqq, FakePasses.Method.Int4], options.Methods);
    }

    [Fact]
    public void Options_left_out_keep_their_defaults()
    {
        var options = ((FakePasses.Everything)Bind("everything").Passes[0].Pass).Given;
        Assert.Equal(new FakePasses.Everything.Options() with { Only = options.Only, Rates = options.Rates }, options);
    }

    [Fact]
    public void Built_in_pipelines_are_expanded_and_say_where_they_come_from()
    {
        var bound = Bind("silent, @nested");
        Assert.Equal(["silent", "drop-identity", "rename-op", "whole"], bound.Passes.Select(p => p.Info.Name));
        Assert.Equal([null, "@basic", "@basic", "@nested"], bound.Passes.Select(p => p.Origin));
        Assert.Equal(8, Assert.IsType<RepeatStep>(bound.Steps[1]).Max);
        Assert.Equal("silent, @nested", bound.Text);
    }

    [Fact]
    public void A_pipeline_may_be_used_twice() => Assert.Equal(4, Bind("@basic, @basic").Passes.Count);

    static BoundPipeline Bind(string text) => PipelineBinder.Bind(text, FakePasses.Catalog).OrThrow();
}
