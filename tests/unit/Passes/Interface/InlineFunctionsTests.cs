using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Interface;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Interface;

public sealed class InlineFunctionsTests
{
    static Model WithCall(OpsetImports? opsets = null)
    {
        var model = NewModel();
        model.Opsets = model.Opsets.With("test", 1);
        model.Call(body => body.AddOutput(body.Op("Relu", "r", [body.AddInput("a")])), opsets);
        return model;
    }

    [Fact]
    public void The_body_takes_the_place_of_the_call()
    {
        var model = WithCall();
        Run(new InlineFunctions(new()), model);
        Assert.Equal(["Relu"], model.Main.Ops());
        Assert.Equal("call_y", model.Main.Outputs[0].Name);
    }

    [Fact]
    public void An_unknown_name_is_an_error_that_names_the_nearest()
    {
        var error = Assert.Single(Run(new InlineFunctions(new() { Only = ["test.G"] }), WithCall()).Diagnostics);
        Assert.Equal(Descriptors.UnknownFunctionToInline, error.Descriptor);
        Assert.Contains("`test.F`", error.Help, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_of_another_opset_stays() =>
        Declines(new InlineFunctions(new()), WithCall(OpsetImports.Empty.With("", 20)), "the function is written against other operator versions");
}
