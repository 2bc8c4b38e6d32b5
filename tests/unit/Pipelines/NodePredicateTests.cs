using Onnxc.IR;
using Onnxc.Pipelines;
using Onnxc.Tests.Passes;
using Xunit;

namespace Onnxc.Tests.Pipelines;

public sealed class NodePredicateTests
{
    [Theory]
    [InlineData("op == MatMul", "/enc/MatMul")]
    [InlineData("op == ai.onnx.MatMul", "/enc/MatMul")]
    [InlineData("op == com.microsoft.Gelu", "gelu")]
    [InlineData("op in [MatMul, com.microsoft.Gelu]", "/enc/MatMul gelu")]
    [InlineData("op != MatMul", "Relu(r) gelu branch /inner/Neg")]
    [InlineData("not op == MatMul and not op == If", "Relu(r) gelu /inner/Neg")]
    [InlineData("name ~ \"^/enc\"", "/enc/MatMul")]
    [InlineData("name ~ \"Relu\"", "Relu(r)")]
    [InlineData("params > 11", "/enc/MatMul")]
    [InlineData("params >= 12 or params < 1", "/enc/MatMul Relu(r) gelu branch /inner/Neg")]
    [InlineData("params == 12", "/enc/MatMul")]
    [InlineData("params != 0", "/enc/MatMul")]
    [InlineData("params <= 0 and depth == 0", "Relu(r) gelu branch")]
    [InlineData("dtype == float16", "/inner/Neg")]
    [InlineData("dtype == float", "/enc/MatMul gelu")]
    [InlineData("dtype != float", "Relu(r) branch /inner/Neg")]
    [InlineData("depth >= 1", "/inner/Neg")]
    [InlineData("scope ~ \"^main/enc$\"", "/enc/MatMul")]
    [InlineData("scope ~ \"branch/then_branch/inner\"", "/inner/Neg")]
    [InlineData("scope ~ \"^main$\"", "Relu(r) gelu branch")]
    public void Conditions_look_at_nodes(string predicate, string expected)
    {
        var where = Bind(predicate);
        var model = Sample();
        Assert.Empty(where.Check(model));
        Assert.Equal(expected, string.Join(' ', model.AllNodes().Where(where.Matches).Select(n => n.DisplayName)));
    }

    [Theory]
    [InlineData("op == Matmul", "ONNXC0212", "no node has operator `Matmul`", "a similar name exists: `MatMul`")]
    [InlineData("not op == Gelu", "ONNXC0212", "no node has operator `Gelu`", "similar names exist: `Relu`, `com.microsoft.Gelu`")]
    [InlineData("op in [MatMul, Convolution]", "ONNXC0212", "no node has operator `Convolution`", "the model has `If`, `MatMul`, `Neg`, `Relu`, `com.microsoft.Gelu`")]
    [InlineData("op == MatMul or op != Softmax", "ONNXC0212", "no node has operator `Softmax`", "the model has `If`, `MatMul`, `Neg`, `Relu`, `com.microsoft.Gelu`")]
    [InlineData("name ~ \"^/enc/MatMull$\"", "ONNXC0213", "no node's name matches `^/enc/MatMull$`", "a similar name exists: `/enc/MatMul`")]
    [InlineData("scope ~ \"decoder\"", "ONNXC0213", "no node's scope matches `decoder`", "the model has `main`, `main/branch/then_branch/inner`, `main/enc`")]
    public void What_is_asked_for_must_exist(string predicate, string id, string message, string help)
    {
        var error = Assert.Single(Bind(predicate).Check(Sample()));
        Assert.Equal((id, message, help), (error.Id, error.Message, error.Help));
        Assert.NotNull(error.Location);
    }

    [Fact]
    public void Everything_missing_is_reported() => Assert.Equal(3, Bind("op in [A, B] or name ~ \"zzz\"").Check(Sample()).Count);

    static NodePredicate Bind(string predicate) =>
        PipelineBinder.Bind($"rename-op where {predicate}", FakePasses.Catalog).OrThrow().Passes[0].Where!;

    // x -> MatMul(w: 3x4) -> Relu (nameless, no type) -> com.microsoft.Gelu -> If(then: Neg in float16)
    static Model Sample()
    {
        var model = new Model(10, OpsetImports.Empty.With("", 21).With("com.microsoft", 1));
        var main = model.Main;
        var floats = new TensorType(ElementType.Float, null);
        var x = main.AddInput("x", floats);
        var w = main.AddInitializer("w", TensorData.Floats(new float[12], 3, 4));
        var product = main.AddNode(new("", "MatMul"), [x, w], ["m"], name: "/enc/MatMul").Output;
        product.SetType(floats);
        var relu = main.AddNode(new("", "Relu"), [null], ["r"]).Output;
        var gelu = main.AddNode(new("com.microsoft", "Gelu"), [product, relu], ["g"], name: "gelu").Output;
        var inner = Graph.NewBody(main);
        var negated = inner.AddNode(new("", "Neg"), [gelu], ["n"], name: "/inner/Neg").Output;
        negated.SetType(new TensorType(ElementType.Float16, null));
        inner.AddOutput(negated);
        var condition = main.AddInput("c", new TensorType(ElementType.Bool, null));
        var branch = main.AddNode(new("", "If"), [condition], ["y"], [new("then_branch", new GraphAttribute(inner))], name: "branch");
        main.AddOutput(branch.Output);
        return model;
    }
}
