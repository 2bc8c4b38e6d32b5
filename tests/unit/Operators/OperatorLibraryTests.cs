using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Serialization;
using Onnxc.Tests.Runtime;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Operators;

public sealed class OperatorLibraryTests
{
    static Model WithTwoNodes(long irVersion, long opset)
    {
        var model = new Model(irVersion, OpsetImports.Empty.With("", opset));
        var x = model.Main.AddInput("x", Samples.Floats(2));
        var builder = new GraphBuilder(model.Main);
        var y = builder.Custom("PolyReLU", [builder.Custom("PolyReLU", [x])], ("bias", 1f));
        y.SetType(Samples.Floats(2));
        model.Main.AddOutput(y, "y");
        return model;
    }

    [Fact]
    public void A_node_brings_its_function_and_no_other()
    {
        var model = WithTwoNodes(10, 21);
        Assert.Equal("ai.onnxc.PolyReLU", Assert.Single(model.Functions).ToString());
        Assert.Equal(1, model.Opsets["ai.onnxc"]);
        Assert.Equal(21, model.Functions.Single().Opsets[""]);
        Assert.Empty(Verifier.Check(model));
        Assert.Single(ModelReader.Read(ModelWriter.ToBytes(model)).OrThrow().Functions);
    }

    [Fact]
    public void An_older_format_is_raised_to_the_one_with_functions()
    {
        Assert.Equal(8, WithTwoNodes(3, 17).IrVersion);
        Assert.Equal(10, WithTwoNodes(10, 17).IrVersion);
    }

    [Fact]
    public void A_model_of_an_older_opset_is_an_obstacle()
    {
        var model = Samples.NewModel(16);
        var x = model.Main.AddInput("x", Samples.Floats(2));
        Assert.Equal("the model's opset is older than 17", OperatorLibrary.Obstacle(model.Main));
        Assert.Null(OperatorLibrary.Obstacle(Samples.NewModel(17).Main));
        Assert.Throws<InvalidOperationException>(() => new GraphBuilder(model.Main).Custom("PolyReLU", [x]));
        Assert.Empty(model.Functions);
    }

    [Fact]
    public void An_unknown_operator_is_a_mistake_of_the_caller() =>
        Assert.Throws<ArgumentException>(() => new GraphBuilder(Samples.NewModel().Main).Custom("PolyRelu", []));

    [Fact]
    public void Inside_a_function_the_domain_is_imported_there_as_well()
    {
        var model = Samples.NewModel();
        var caller = model.AddFunction(new OpId("local", "F"), OpsetImports.Empty.With("", 21));
        var x = caller.Body.AddInput("x");
        caller.Body.AddOutput(new GraphBuilder(caller.Body).Custom("PolyReLU", [x]), "y");
        Assert.Equal(1, caller.Opsets["ai.onnxc"]);
        Assert.Equal(1, model.Opsets["ai.onnxc"]);
    }

    [Fact]
    public void Every_function_is_documented_and_prints_to_what_it_was_read_from()
    {
        foreach (var op in OperatorLibrary.All)
        {
            Assert.Equal("ai.onnxc", op.Id.Domain);
            foreach (var part in new[] { "Inputs: ", "Outputs: ", "Attributes: ", "Types: ", "Special values: ", "Source: " })
                Assert.Contains("\n" + part, op.Documentation, StringComparison.Ordinal);
            var model = Samples.NewModel(17);
            OperatorLibrary.AddFunction(model, op);
            var text = OnnxPrinter.Print(model);
            Assert.Equal(text, OnnxPrinter.Print(OnnxParser.Parse(text).OrThrow()));
        }
    }
}
