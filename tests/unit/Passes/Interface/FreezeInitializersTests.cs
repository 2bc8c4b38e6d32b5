using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Interface;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Interface;

public sealed class FreezeInitializersTests
{
    static Model Overridable()
    {
        var model = NewModel();
        var (x, w) = (model.Main.AddInput("x", Type(3)), model.Main.AddInput("weight", Type(3)));
        model.Main.SetInitializer(w, TensorData.Floats([1, 2, 3], 3));
        model.Main.AddOutput(model.Main.Op("Mul", "y", [x, w]));
        return model;
    }

    [Fact]
    public void An_overridable_initializer_becomes_a_constant()
    {
        var model = Overridable();
        Assert.Null(model.Main.Nodes.First!.Input(1)!.Constant);
        Run(new FreezeInitializers(new()), model);
        Assert.Equal(["x"], model.Main.Inputs.Select(i => i.Name));
        Assert.NotNull(model.Main.Nodes.First!.Input(1)!.Constant);
    }

    [Fact]
    public void An_unknown_name_is_an_error_that_names_the_nearest()
    {
        var model = Overridable();
        var error = Assert.Single(Run(new FreezeInitializers(new() { Only = ["weigth"] }), model).Diagnostics);
        Assert.Equal((Descriptors.UnknownInitializerToFreeze, "a similar name exists: `weight`"), (error.Descriptor, error.Help));
        Assert.Equal(2, model.Main.Inputs.Count);
    }
}
