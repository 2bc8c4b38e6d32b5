using Onnxc.IR;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Text;

/// <summary>What the official grammar and its reference implementation accept.</summary>
public sealed class OfficialSyntaxTests
{
    [Fact]
    public void A_model_prints_in_the_canonical_layout()
    {
        var text = Texts.AssertFixedPoint("""
            # A comment first.
            <ir_version: 8, opset_import: ["" : 17, "com.microsoft" : 1], producer_name: "me", producer_version: "1.0",
             domain: "d", model_version: 3, doc_string: "two \"words\"", metadata_props: ["k" : "v", "k2": "v2"]>
            agraph (float[N,128] X, float[2] d = {1, 2.5}, bool b) => (float[N] C)
            <float[2] w = {-0.5, 1e10}, float[?,3] T>
            {
              T = MatMul(X, w) # more
              [label] S = com.microsoft.Gelu<alpha = 2.0, k : ints = [3, 3]>(T, , d)
              C = If (b) < then_branch = g1 () => (float[N] z) <float k = {1}> { z = Add(S, k) }, else_branch: graph = g2 () => (z) { z = Identity(S) } >
            }
            <domain: "com.microsoft", opset_import: ["" : 17], doc_string: "f">
            Gelu <alpha: float = 4.0, gamma> (X, float[N] Y, Z) => (C) { C = Op:v1<a: float = @alpha>(X, Y, Z) }
            """);
        Assert.Equal("""
            <
               ir_version: 8,
               opset_import: ["" : 17, "com.microsoft" : 1],
               producer_name: "me",
               producer_version: "1.0",
               domain: "d",
               model_version: 3,
               doc_string: "two \"words\"",
               metadata_props: ["k": "v", "k2": "v2"]
            >
            agraph (float[N,128] X, float[2] d = {1, 2.5}, bool b) => (float[N] C)
            <
               float[2] w = {-0.5, 1E+10},
               float[?,3] T
            >
            {
               T = MatMul (X, w)
               [label] S = com.microsoft.Gelu <alpha: float = 2, k: ints = [3, 3]> (T, "", d)
               C = If (b) <
                  then_branch: graph = g1 () => (float[N] z)
                  <
                     float k = {1}
                  >
                  {
                     z = Add (S, k)
                  },
                  else_branch: graph = g2 () => (z)
                  {
                     z = Identity (S)
                  }
               >
            }

            <
               domain: "com.microsoft",
               opset_import: ["" : 17],
               doc_string: "f"
            >
            Gelu <gamma, alpha: float = 4> (X, float[N] Y, Z) => (C)
            {
               C = Op:v1 <a: float = @alpha> (X, Y, Z)
            }

            """.ReplaceLineEndings("\n"), text);
    }

    [Theory]
    [InlineData("x = 2", AttributeKind.Int, "v: int = 2")]
    [InlineData("x = 0.625", AttributeKind.Float, "v: float = 0.625")]
    [InlineData("x : float = 2", AttributeKind.Float, "v: float = 2")]
    [InlineData("x : float = -0", AttributeKind.Float, "v: float = -0")]
    [InlineData("x = -inf", AttributeKind.Float, "v: float = -inf")]
    [InlineData("x = NaN", AttributeKind.Float, "v: float = nan")]
    [InlineData("x = 16777216.0", AttributeKind.Float, "v: float = 16777216")]
    [InlineData("x = -9223372036854775808", AttributeKind.Int, "v: int = -9223372036854775808")]
    [InlineData("x = [2, 4, 6]", AttributeKind.Ints, "v: ints = [2, 4, 6]")]
    [InlineData("x = [0.125, 2]", AttributeKind.Floats, "v: floats = [0.125, 2]")]
    [InlineData("x = [1, 0.5]", AttributeKind.Floats, "v: floats = [1, 0.5]")]
    [InlineData("x : floats = [1, nan, inf]", AttributeKind.Floats, "v: floats = [1, nan, inf]")]
    [InlineData("x = float[3] {2.1, 4.1, 6.1}", AttributeKind.Tensor, "v: tensor = float[3] {2.1, 4.1, 6.1}")]
    [InlineData("x = int64 name = {7}", AttributeKind.Tensor, "v: tensor = int64 {7}")]
    [InlineData("x = int64 \"a name\" {7}", AttributeKind.Tensor, "v: tensor = int64 {7}")]
    [InlineData("x = \"astring\"", AttributeKind.String, "v: string = \"astring\"")]
    [InlineData("x = [\"abc\", \"def\"]", AttributeKind.Strings, "v: strings = [\"abc\", \"def\"]")]
    [InlineData("x : ints = @xyz", AttributeKind.Ints, "v: ints = @xyz")]
    [InlineData("x = @xyz", AttributeKind.Undefined, "v = @xyz")]
    [InlineData("x : ints = []", AttributeKind.Ints, "v: ints = []")]
    [InlineData("x : floats = []", AttributeKind.Floats, "v: floats = []")]
    [InlineData("x : strings = []", AttributeKind.Strings, "v: strings = []")]
    [InlineData("x : tensors = []", AttributeKind.Tensors, "v: tensors = []")]
    [InlineData("x : sparse_tensors = []", AttributeKind.SparseTensors, "v: sparse_tensors = []")]
    [InlineData("x : graphs = []", AttributeKind.Graphs, "v: graphs = []")]
    [InlineData("x : type_protos = []", AttributeKind.Types, "v: type_protos = []")]
    [InlineData("x = float[3]", AttributeKind.Type, "v: type_proto = float[3]")]
    [InlineData("x : type_proto = ?", AttributeKind.Type, "v: type_proto = ?")]
    [InlineData("x : undefined = ?", AttributeKind.Undefined, "v: undefined = ?")]
    [InlineData("x = [float[], seq(int64), ?]", AttributeKind.Types, "v: type_protos = [float[], seq(int64), ?]")]
    [InlineData("x = [float {1}, int8[0] {}]", AttributeKind.Tensors, "v: tensors = [float {1}, int8[0] {}]")]
    public void Attributes_have_the_kind_of_their_value(string attribute, AttributeKind kind, string printed)
    {
        Assert.Equal(kind, Texts.Attribute(attribute).Kind);
        Assert.Contains(printed.Replace("v", "x", StringComparison.Ordinal)[..1] + printed[1..], Texts.AssertFixedPoint(Texts.Nodes($"y = Op <{attribute}> (x)")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("float[N]")]
    [InlineData("float")]
    [InlineData("float[]")]
    [InlineData("float[N,?,3]")]
    [InlineData("float[\"M + N\"]")]
    [InlineData("float[\"\"]")]
    [InlineData("seq(float[])")]
    [InlineData("seq(?)")]
    [InlineData("optional(float)")]
    [InlineData("optional(seq(map(string, float[N])))")]
    [InlineData("map(int32, ?)")]
    [InlineData("sparse_tensor(float[1000])")]
    [InlineData("opaque()")]
    [InlineData("opaque(MyType)")]
    [InlineData("opaque(test.rng.RNG)")]
    [InlineData("opaque(test.domain,MyType)")]
    [InlineData("opaque(\"odd-domain\",\"\")")]
    [InlineData("undefined[3]")]
    [InlineData("undefined")]
    [InlineData("type99[N]")]
    [InlineData("float4e2m1[2]")]
    public void Types_round_trip(string type)
    {
        var text = Texts.AssertFixedPoint($"{Texts.Header}g ({type} x) => ({type} x) {{ }}");
        Assert.Contains($"({type} x) => ({type} x)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scalar_and_an_unknown_rank_differ()
    {
        var model = Texts.Parse($"{Texts.Header}g (float a, float[] b, c) => () {{ }}");
        Assert.Equal(0, model.Main.Inputs[0].Shape!.Rank);
        Assert.Null(model.Main.Inputs[1].Shape);
        Assert.Null(model.Main.Inputs[2].Type);
    }

    [Theory]
    [InlineData("y = Op (x, , b)", "(x, \"\", b)")]
    [InlineData("y = Op ( , x)", "(\"\", x)")]
    [InlineData("y = Op (\"\", x)", "(\"\", x)")]
    [InlineData("y = Op (x,)", "(x)")]
    [InlineData("y = Op (,)", "(\"\")")]
    [InlineData("y = Op (\"\")", "(\"\")")]
    [InlineData("y = Op ()", "()")]
    [InlineData("= Op (x) y = Op2 ()", "   = Op (x)\n")]
    [InlineData("\"\", y = Op (x)", "\"\", y = Op (x)")]
    [InlineData("[] y = Op (x)", "\n   y = Op (x)")]
    [InlineData("[\"a label\"] y = Op (x)", "[\"a label\"] y = Op (x)")]
    [InlineData("y = a.b.Op:over (x)", "y = a.b.Op:over (x)")]
    [InlineData("y = \"odd-domain\".\"Op 1\":\"o 2\" (x)", "y = \"odd-domain\".\"Op 1\":\"o 2\" (x)")]
    [InlineData("y = Op (x) <a = 1>", "y = Op <a: int = 1> (x)")]
    [InlineData("y = ai.onnx.Op (x)", "y = Op (x)")]
    public void Nodes_are_read(string node, string printed) =>
        Assert.Contains(printed, Texts.AssertFixedPoint(Texts.Nodes(node)), StringComparison.Ordinal);

    [Fact]
    public void Quoted_names_can_be_anything()
    {
        var text = Texts.AssertFixedPoint($$"""
            {{Texts.Header}}"a graph name" (float[N,128] "input/X", float "float", "nan") => (float[N] "ü \" \\ \x0A\x09 ")
            {
               "some/temp" = MatMul("input/X", "float", "nan")
               "ü \" \\ \x0A\x09 " = Softmax("some/temp")
            }
            """);
        Assert.Contains("\"a graph name\" (float[N,128] \"input/X\", float \"float\", \"nan\") => (float[N] \"ü \\\" \\\\ \\x0A\\x09 \")", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_of_our_own_remain_names_where_no_type_can_be_meant()
    {
        var model = Texts.Parse($"{Texts.Header}g (undefined, float[N] type77) => (type77) {{ a = Op(undefined, type77) }}");
        Assert.Equal(["undefined", "type77"], model.Main.Inputs.Select(i => i.Name));
        Texts.AssertFixedPoint(model);
    }

    [Fact]
    public void A_graph_with_a_quoted_name_can_be_an_attribute()
    {
        var text = Texts.AssertFixedPoint(Texts.Nodes("y = If (b) <then_branch = \"a b\" () => (z) { z = Identity(x) }, else_branch = \"\" () => (x) { }>"));
        Assert.Contains("else_branch: graph = \"\" () => (x)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Initializers_may_be_listed_as_inputs_with_another_type()
    {
        var model = Texts.Parse($"{Texts.Header}g (float[N] a, float b = {{1}}, c) => () <float[2] a = {{1, 2}}, int8 c = {{3}}> {{ }}");
        Assert.Equal(["b", "a", "c"], model.Main.Initializers.Select(v => v.Name));
        Assert.All(model.Main.Initializers, v => Assert.True(v.IsGraphInput));
        Texts.AssertFixedPoint(model);
    }

    [Fact]
    public void Functions_carry_types_of_interior_values()
    {
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        var function = OnnxParser.ParseFunction("""
            <opset_import: ["" : 10], domain: "ai.onnx.ml", overload: "o", doc_string: "A test.">
            "a function" (float[N] "#y", z) => (float[N] "!w") <float[N] "/x">
            { "/x" = Add("#y", z) "!w" = Mul("/x", z) }
            """, model).OrThrow();
        Assert.Same(function, model.Functions[new OpId("ai.onnx.ml", "a function", "o")]);
        Assert.Equal("float[N]", function.Body.Nodes.First!.Output.Type!.ToString());
        var printed = OnnxPrinter.Print(function);
        Assert.Equal(printed, OnnxPrinter.Print(OnnxParser.ParseFunction(printed, new Model(10, OpsetImports.Empty)).OrThrow()));
    }

    [Fact]
    public void Initializers_of_a_function_become_constants()
    {
        var function = OnnxParser.ParseFunction("f (x) => (y) <float w = {2}> { y = Mul(x, w) }", new Model(10, OpsetImports.Empty)).OrThrow();
        Assert.Equal(["Constant", "Mul"], function.Body.Nodes.Select(n => n.Op.Name));
        Assert.Empty(function.Body.Initializers);
    }

    [Fact]
    public void A_byte_order_mark_and_odd_space_are_no_part_of_the_text() =>
        Texts.Parse("\uFEFF\r\n\t# c\r\n" + Texts.Header + "g()=>(){}#end");
}
