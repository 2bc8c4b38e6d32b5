using Onnxc.Diagnostics;
using Onnxc.Pipelines;
using Xunit;

namespace Onnxc.Tests.Pipelines;

public sealed class PipelineErrorTests
{
    [Theory]
    [InlineData("a,", 1, 3, "the end of the pipeline", "a pass name or `@`")]
    [InlineData("a b", 1, 3, "`b`", "`{`, `(`, `where`, `,` or the end of the pipeline")]
    [InlineData("a{x=1 y}", 1, 7, "`y`", "`,` or `}`")]
    [InlineData("a{x=}", 1, 5, "`}`", "a number, a string, a name or `[`")]
    [InlineData("a{x y=2}", 1, 5, "`y`", "`=`, `,` or `}`")]
    [InlineData("a{,}", 1, 3, "`,`", "`}` or an option name")]
    [InlineData("a{x=[1, ]}", 1, 9, "`]`", "a number, a string, a name or `[`")]
    [InlineData("repeat(a, b", 1, 12, "the end of the pipeline", "`{`, `(`, `where`, `,` or `)`")]
    [InlineData("repeat()", 1, 8, "`)`", "a pass name or `@`")]
    [InlineData("@basic{x}", 1, 7, "`{`", "`,` or the end of the pipeline")]
    [InlineData("a{x=\"b}", 1, 8, "the end of the pipeline", "`\"`")]
    [InlineData("a,\n  b{x=\"c\n}", 2, 9, "the end of the line", "`\"`")]
    [InlineData("a where", 1, 8, "the end of the pipeline", "`not`, `(`, `op`, `name`, `params`, `dtype`, `depth` or `scope`")]
    [InlineData("a where size > 3", 1, 9, "`size`", "`not`, `(`, `op`, `name`, `params`, `dtype`, `depth` or `scope`")]
    [InlineData("a where op = Conv", 1, 12, "`=`", "`in`, `==` or `!=`")]
    [InlineData("a where op == Conv xor op == Add", 1, 20, "`xor`", "`and`, `or`, `,` or the end of the pipeline")]
    [InlineData("a where (op == Conv", 1, 20, "the end of the pipeline", "`and`, `or` or `)`")]
    [InlineData("a where params > \"many\"", 1, 18, "`\"many\"`", "a number")]
    [InlineData("a where name ~ lm_head", 1, 16, "`lm_head`", "a string")]
    [InlineData("a where op in []", 1, 16, "`]`", "an operator or a string")]
    [InlineData("a, 3", 1, 4, "`3`", "a pass name or `@`")]
    [InlineData("a, \U0001F600", 1, 4, "`\U0001F600`", "a pass name or `@`")]
    public void Malformed_text_is_reported_where_it_breaks_with_what_was_expected(string text, int line, int column, string found, string expected)
    {
        var error = Assert.Single(PipelineParser.Parse(text, "p.onnxc").Diagnostics);
        var location = Assert.IsType<TextLocation>(error.Location);
        Assert.Equal("ONNXC0201", error.Id);
        Assert.Equal((line, column), (location.Line, location.Column));
        Assert.Equal($"unexpected {found}", error.Message);
        Assert.Equal($"expected {expected}", error.Help);
    }

    [Fact]
    public void The_caret_stands_under_the_word()
    {
        var error = PipelineParser.Parse("simplify,\nrepeat(fold constants)", "p.onnxc").Diagnostics[0];
        Assert.Equal(
            "error[ONNXC0201]: unexpected `constants`\n"
            + "  --> p.onnxc:2:13\n"
            + " 2 | repeat(fold constants)\n"
            + "   |             ^^^^^^^^^\n"
            + "   = help: expected `{`, `(`, `where`, `,` or `)`\n",
            Renderer.Render(error));
    }

    [Theory]
    [InlineData("(", 65)]
    [InlineData("{x=[", 33)]
    [InlineData("not ", 65)]
    [InlineData("not (", 33)]
    [InlineData("repeat(", 100_000 / 7)]
    public void Hostile_nesting_is_an_error_not_a_crash(string opening, int times)
    {
        var text = "a where " + string.Concat(Enumerable.Repeat(opening, times));
        var error = Assert.Single(PipelineParser.Parse(text).Diagnostics);
        Assert.Equal("ONNXC0209", error.Id);
    }

    [Fact]
    public void Nesting_up_to_the_limit_is_fine()
    {
        var text = string.Concat(Enumerable.Repeat("repeat(", 64)) + "a" + new string(')', 64);
        Assert.Equal(text, PipelineParser.Parse(text).OrThrow().ToString());
        var nots = "a where " + string.Concat(Enumerable.Repeat("not ", 64)) + "op == Conv and " + string.Concat(Enumerable.Repeat("not ", 64)) + "op == Add";
        Assert.Equal(nots, PipelineParser.Parse(nots).OrThrow().ToString());
    }

    [Fact]
    public void Brackets_in_strings_and_comments_do_not_nest()
    {
        var brackets = new string('(', 100);
        Assert.True(PipelineParser.Parse($"a where name ~ \"{brackets}\" # {brackets}\n, b").IsOk);
    }

    [Fact]
    public void Endless_text_is_refused() =>
        Assert.Equal("ONNXC0218", PipelineParser.Parse(new string('a', PipelineParser.MaxLength + 1)).Diagnostics[0].Id);
}
