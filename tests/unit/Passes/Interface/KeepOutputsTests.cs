using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Interface;
using Xunit;
using static Onnxc.Tests.Passes.PassTest;

namespace Onnxc.Tests.Passes.Interface;

public sealed class KeepOutputsTests
{
    static Model TwoOutputs()
    {
        var model = NewModel();
        var x = model.Main.AddInput("x");
        model.Main.AddOutput(model.Main.Op("Relu", "logits", [x]));
        model.Main.AddOutput(model.Main.Op("Neg", "embedding", [x]));
        return model;
    }

    [Fact]
    public void Names_of_other_slots_stay()
    {
        var model = TwoOutputs();
        Run(new KeepOutputs(new() { Outputs = ["embedding"] }), model);
        Assert.Equal(["embedding"], model.Main.OutputNames);
    }

    [Fact]
    public void An_unknown_name_is_an_error_that_names_the_nearest()
    {
        var model = TwoOutputs();
        var error = Assert.Single(Run(new KeepOutputs(new() { Outputs = ["logit"] }), model).Diagnostics);
        Assert.Equal((Descriptors.UnknownOutputToKeep, "a similar name exists: `logits`"), (error.Descriptor, error.Help));
        Assert.Equal(2, model.Main.Outputs.Count);
    }

    [Fact]
    public void No_name_is_an_error() =>
        Assert.Equal(Descriptors.NoOutputsKept, Assert.Single(Run(new KeepOutputs(new()), TwoOutputs()).Diagnostics).Descriptor);
}
