using System.Diagnostics;
using System.Globalization;
using System.Text;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Text;

public sealed class TextErrorTests
{
    /// <summary>Wraps nodes so that they start at line 3, column 1.</summary>
    static string Body(string nodes) => $"{Texts.Header}g (float[N] x) => (y) {{\n{nodes}\n}}";

    [Theory]
    [InlineData("y = Op (x", 4, 1, "ONNXC0601", "expected `)`, found `}`")]
    [InlineData("y = Op x)", 3, 8, "ONNXC0601", "expected `(`, found `x`")]
    [InlineData("y z = Op (x)", 3, 3, "ONNXC0601", "expected `=`, found `z`")]
    [InlineData("y = Op <a = > (x)", 3, 13, "ONNXC0601", "expected a value, found `>`")]
    [InlineData("y = Op <a 1> (x)", 3, 11, "ONNXC0601", "expected `=`, found `1`")]
    [InlineData("y = Op <a = 1 b = 2> (x)", 3, 15, "ONNXC0601", "expected `,` or `>`, found `b`")]
    [InlineData("y = Op <a = 1, > (x)", 3, 16, "ONNXC0601", "expected a name, found `>`")]
    [InlineData("y = Op <a = [1, b]> (x)", 3, 17, "ONNXC0609", "`b` is not a value of `int64`")]
    [InlineData("y = Op <a = [1 2]> (x)", 3, 16, "ONNXC0601", "expected `,` or `]`, found `2`")]
    [InlineData("y = Op <a = [\"s\", 1]> (x)", 3, 19, "ONNXC0601", "expected a string, found `1`")]
    [InlineData("y = Op <a = float[2] {1 2}> (x)", 3, 25, "ONNXC0601", "expected `,` or `}`, found `2`")]
    [InlineData("y = Op <a = float[2] {1, }> (x)", 3, 26, "ONNXC0601", "expected a number, found `}`")]
    [InlineData("y = Op <a = float[2] {1}> (x)", 3, 22, "ONNXC0610", "`float[2]` takes 2 numbers or strings, but 1 are given")]
    [InlineData("y = Op <a = complex64[1] {1}> (x)", 3, 26, "ONNXC0610", "`complex64[1]` takes 2 numbers or strings, but 1 are given")]
    [InlineData("y = Op <a = string[2] {\"s\"}> (x)", 3, 23, "ONNXC0610", "`string[2]` takes 2 numbers or strings, but 1 are given")]
    [InlineData("y = Op <a = float[99999999999] {1}> (x)", 3, 32, "ONNXC0610", "`float[99999999999]` takes 99999999999 numbers or strings, but 1 are given")]
    [InlineData("y = Op <a = float[1] {1e39}> (x)", 3, 23, "ONNXC0609", "`1e39` is not a value of `float`")]
    [InlineData("y = Op <a = uint8[2] {1, 256}> (x)", 3, 26, "ONNXC0609", "`256` is not a value of `uint8`")]
    [InlineData("y = Op <a = int4[3] {1, 2, 8}> (x)", 3, 28, "ONNXC0609", "`8` is not a value of `int4`")]
    [InlineData("y = Op <a = int64[1] {1.5}> (x)", 3, 23, "ONNXC0609", "`1.5` is not a value of `int64`")]
    [InlineData("y = Op <a = float16[1] {1.5}> (x)", 3, 25, "ONNXC0609", "`1.5` is not a value of `float16`")]
    [InlineData("y = Op <a = int64[1] {nan}> (x)", 3, 23, "ONNXC0609", "`nan` is not a value of `int64`")]
    [InlineData("y = Op <a = float[N] {1}> (x)", 3, 13, "ONNXC0612", "data needs a tensor type with fixed dimensions, found `float[N]`")]
    [InlineData("y = Op <a = float[] {1}> (x)", 3, 13, "ONNXC0612", "data needs a tensor type with fixed dimensions, found `float[]`")]
    [InlineData("y = Op <a = float[-1] {1}> (x)", 3, 13, "ONNXC0612", "data needs a tensor type with fixed dimensions, found `float[-1]`")]
    [InlineData("y = Op <a = seq(float) {1}> (x)", 3, 13, "ONNXC0612", "data needs a tensor type with fixed dimensions, found `seq(float)`")]
    [InlineData("y = Op <a = 9223372036854775808> (x)", 3, 13, "ONNXC0609", "`9223372036854775808` is not a value of `int64`")]
    [InlineData("y = Op <a = 1e99> (x)", 3, 13, "ONNXC0609", "`1e99` is not a value of `float`")]
    [InlineData("y = Op <a: int = 1.5> (x)", 3, 18, "ONNXC0605", "attribute `a` is declared as `int`, but the value is of kind `float`")]
    [InlineData("y = Op <a: ints = 1> (x)", 3, 19, "ONNXC0605", "attribute `a` is declared as `ints`, but the value is of kind `int`")]
    [InlineData("y = Op <a: float = [1]> (x)", 3, 20, "ONNXC0605", "attribute `a` is declared as `float`, but the value is of kind `ints`")]
    [InlineData("y = Op <a: tensors = [float]> (x)", 3, 23, "ONNXC0605", "attribute `a` is declared as `tensor`, but the value is of kind `type_proto`")]
    [InlineData("y = Op <a: number = 1> (x)", 3, 12, "ONNXC0615", "`number` is not a kind of attribute")]
    [InlineData("y = Op <a = []> (x)", 3, 13, "ONNXC0616", "the kind of the list `a` is open")]
    [InlineData("y = Op <a = [float, float {1}]> (x)", 3, 13, "ONNXC0616", "the kind of the list `a` is open")]
    [InlineData("y = Op <a = \"\\n\"> (x)", 3, 14, "ONNXC0617", "`\\n` is not an escape")]
    [InlineData("y = Op <a = \"\\xG0\"> (x)", 3, 14, "ONNXC0617", "`\\xG0` is not an escape")]
    [InlineData("y = Op <a = \"\\x0\"> (x)", 3, 14, "ONNXC0617", "`\\x0` is not an escape")]
    [InlineData("y = Op <a = \"open> (x)", 3, 13, "ONNXC0601", "expected a string, found a string without an end")]
    [InlineData("y = Op <a = seq(flaot)> (x)", 3, 17, "ONNXC0603", "`flaot` is not a type")]
    [InlineData("y = Op <a = sparse_tensor(float[3]) {int8[0] {}}> (x)", 3, 37, "ONNXC0619", "a sparse tensor of `float` needs values of that element type and indices of `int64`")]
    [InlineData("y = Op (x, nope)", 3, 12, "ONNXC0604", "`nope` is not defined here")]
    [InlineData("y = Op (x) y = Op (x)", 3, 12, "ONNXC0606", "`y` is defined twice in one graph")]
    [InlineData("y = Op (x) \"x\" = Op ()", 3, 12, "ONNXC0606", "`x` is defined twice in one graph")]
    [InlineData("y = Op (x) ;", 3, 12, "ONNXC0601", "expected `=` or `}`, found `;`")]
    public void Errors_in_nodes_are_located(string nodes, int line, int column, string id, string message)
    {
        var error = Texts.Error(Body(nodes));
        var place = Assert.IsType<TextLocation>(error.Location);
        Assert.Equal((id, message, line, column), (error.Id, error.Message, place.Line, place.Column));
    }

    [Theory]
    [InlineData("", 1, 1, "ONNXC0601", "expected a name, found the end of the text")]
    [InlineData("g () => () {}", 1, 1, "ONNXC0614", "the model states no `ir_version`")]
    [InlineData("<ir_version: \"x\">", 1, 14, "ONNXC0601", "expected an integer, found `\"x\"`")]
    [InlineData("<ir_version: 10> g () = () {}", 1, 23, "ONNXC0601", "expected `=>`, found `=`")]
    [InlineData("<ir_version: 10> g () => ()", 1, 28, "ONNXC0601", "expected `{`, found the end of the text")]
    [InlineData("<ir_version: 10> g (flaot[3] x) => () {}", 1, 21, "ONNXC0603", "`flaot` is not a type")]
    [InlineData("<ir_version: 10> g (float[3 x) => () {}", 1, 29, "ONNXC0601", "expected `,` or `]`, found `x`")]
    [InlineData("<ir_version: 10> g (float[3,;] x) => () {}", 1, 29, "ONNXC0601", "expected an integer, a name or `?`, found `;`")]
    [InlineData("<ir_version: 10> g (;) => () {}", 1, 21, "ONNXC0601", "expected a name or `)`, found `;`")]
    [InlineData("<ir_version: 10> g (x = {1}) => () {}", 1, 23, "ONNXC0601", "expected `,` or `)`, found `=`")]
    [InlineData("<ir_version: 10> g (x, x) => () {}", 1, 24, "ONNXC0606", "`x` is defined twice in one graph")]
    [InlineData("<ir_version: 10> g () => (x) {}", 1, 27, "ONNXC0604", "`x` is not defined here")]
    [InlineData("<ir_version: 10> g () => () {} f () => () {} f () => () {}", 1, 46, "ONNXC0607", "function `f` is defined twice")]
    [InlineData("<ir_version: 10> g (x) => () {} f () => (x) {}", 1, 42, "ONNXC0604", "`x` is not defined here")]
    [InlineData("<ir_versoin: 10> g () => () {}", 1, 2, "ONNXC0613", "`ir_versoin` is not a header entry of a model")]
    [InlineData("<ir_version: 10> g () => () {} <ir_version: 10> f () => () {}", 1, 33, "ONNXC0613", "`ir_version` is not a header entry of a function")]
    [InlineData("<ir_version: 10> g (opaque(a,b,c) x) => () {}", 1, 33, "ONNXC0601", "expected a domain and a name, found `)`")]
    public void Errors_in_models_are_located(string text, int line, int column, string id, string message)
    {
        var error = Texts.Error(text);
        var place = Assert.IsType<TextLocation>(error.Location);
        Assert.Equal((id, message, line, column), (error.Id, error.Message, place.Line, place.Column));
    }

    [Fact]
    public void An_error_shows_file_line_caret_and_remedy()
    {
        var error = Texts.Error(Body("first = Op (x)\ny = Op (frist)"), "model.onnxtxt");
        Assert.Equal("""
            error[ONNXC0604]: `frist` is not defined here
              --> model.onnxtxt:4:9
             4 | y = Op (frist)
               |         ^^^^^
               = help: a similar name exists: `first`

            """.ReplaceLineEndings("\n"), Renderer.Render(error));
    }

    [Fact]
    public void A_type_for_a_value_that_does_not_exist_is_a_warning()
    {
        var result = OnnxParser.Parse($"{Texts.Header}g (x) => (x)\n<float stray> {{ }}");
        Assert.True(result.IsOk);
        var warning = Assert.Single(result.Diagnostics);
        Assert.Equal(("ONNXC0611", Severity.Warning, "2:"), (warning.Id, warning.Severity, "2:"));
        Assert.Equal((3, 8), (((TextLocation)warning.Location!).Line, ((TextLocation)warning.Location).Column));
    }

    [Fact]
    public void A_function_that_fails_to_parse_leaves_the_model_alone()
    {
        var model = new Model(10, OpsetImports.Empty);
        Assert.False(OnnxParser.ParseFunction("f (x) => (y) { y = Op (z) }", model).IsOk);
        Assert.False(OnnxParser.ParseFunction("f (x) => (x) { } trailing", model).IsOk);
        Assert.Empty(model.Functions);
        Assert.True(OnnxParser.ParseFunction("f (x) => (x) { }", model).IsOk);
        Assert.Equal("ONNXC0607", OnnxParser.ParseFunction("f (x) => (x) { }", model).Diagnostics.Single().Id);
        Assert.Single(model.Functions);
    }

    static string Repeat(string text, int count) => new StringBuilder(text.Length * count).Insert(0, text, count).ToString();

    [Theory]
    [InlineData("seq(")]
    [InlineData("optional(")]
    [InlineData("map(int64, ")]
    public void Deeply_nested_types_are_refused(string open)
    {
        Assert.Equal("ONNXC0608", Texts.Error($"{Texts.Header}g ({Repeat(open, 100_000)}").Id);
        Assert.Equal("ONNXC0608", Texts.Error($"{Texts.Header}g ({Repeat(open, 65)}float{Repeat(")", 65)} x) => () {{}}").Id);
        Texts.AssertFixedPoint($"{Texts.Header}g ({Repeat(open, 64)}float{Repeat(")", 64)} x) => () {{}}");
    }

    [Theory]
    [InlineData("y = If (x) <b = g () => (y) {")]
    [InlineData("y = If <b = g () => (y) {")]
    [InlineData("y = If (x) <b = [g () => (y) {")]
    public void Deeply_nested_bodies_are_refused(string open) =>
        Assert.Equal("ONNXC0608", Texts.Error(Body(Repeat(open, 100_000))).Id);

    [Fact]
    public void Sixty_four_levels_of_bodies_fit_a_small_stack()
    {
        var text = Body(Repeat("y = If (x) <b = g () => (y) {", 64) + "y = Op(x)" + Repeat("}>", 64));
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Texts.AssertFixedPoint(text);
            }
            catch (Exception e)
            {
                failure = e;
            }
        }, 1 << 20);
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("{")]
    [InlineData("<")]
    [InlineData("\"")]
    [InlineData("@")]
    [InlineData("a.")]
    [InlineData("y = a.")]
    [InlineData("y = Op <v = [")]
    [InlineData("y = Op <v = sparse_tensor(float[1]) {")]
    [InlineData("# ")]
    public void Long_runs_of_one_thing_are_errors_in_linear_time(string piece)
    {
        var clock = Stopwatch.StartNew();
        Texts.Error(Repeat(piece, 100_000));
        Texts.Error(Body(Repeat(piece, 100_000)));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), clock.Elapsed.ToString("c", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Every_prefix_of_a_text_is_an_error_and_no_crash()
    {
        var text = Texts.AssertFixedPoint($$"""
            {{Texts.Header}}g (float[N,3] x, seq(opaque(a,b)) s, int8 i = {1}) => (y)
            <float[2] w = {1, nan}, sparse_tensor(float[3]) q = {float[1] {1}, int64[1] {0} }>
            { [l] y = a.Op:v <k: ints = [1], t = float[1] {2}, s = ["\x00"], z = [int8], r: int = @p, b = h () => (x) { }> (x, "") }
            """).TrimEnd();
        for (var length = 0; length < text.Length; length++) Assert.False(OnnxParser.Parse(text[..length]).IsOk, text[..length]);
        Assert.True(OnnxParser.Parse(text).IsOk);
    }

    [Fact]
    public void Long_names_and_lines_are_not_repeated_in_messages()
    {
        var error = Texts.Error(Body($"{Repeat("n", 1_000_000)} = Op (x) y = Op ({Repeat("m", 1_000_000)})"));
        Assert.Equal("ONNXC0604", error.Id);
        Assert.True(Renderer.Render(error).Length < 300);
    }

    [Fact]
    public void Every_descriptor_explains_itself()
    {
        var own = Descriptors.All.Where(d => d.Id.StartsWith("ONNXC06", StringComparison.Ordinal)).ToList();
        Assert.Equal(own.Count, own.Select(d => d.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(own, d => Assert.True(d.Explanation.Length > 80));
    }
}
