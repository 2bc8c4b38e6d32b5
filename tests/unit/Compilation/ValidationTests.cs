using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Tests.Passes;
using Xunit;

namespace Onnxc.Tests.Compilation;

public sealed class ValidationTests
{
    [Fact]
    public void A_model_that_computes_the_same_needs_no_run()
    {
        var report = Proved(FakeModels.Chain("Relu", "Tanh"), "silent");
        Assert.Equal((0, 0, 0), (report.Obligations, report.Runs, report.Constants));
        Assert.True(report.Values >= 3);
    }

    [Fact]
    public void Common_subexpressions_dead_code_and_identities_are_proved_by_structure()
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(2, 3));
        var twice = model.Main.Op("Add", "sum", [model.Main.Op("Relu", "a", [x]), model.Main.Op("Relu", "b", [model.Main.Op("Identity", "i", [x])])]);
        model.Main.Op("Tanh", "unused", [twice]);
        model.Main.AddOutput(model.Main.Op("Abs", "y", [twice]));
        var (report, written) = (Proved(model, "eliminate-identity, eliminate-common-subexpressions, eliminate-dead-code"), Written(model, "eliminate-identity, eliminate-common-subexpressions, eliminate-dead-code"));
        Assert.Equal((0, 0), (report.Obligations, report.Runs));
        Assert.Equal(["Relu", "Add", "Abs"], written.Main.Ops());
    }

    [Fact]
    public void Folded_constants_are_computed_anew_and_matched_by_content()
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(3));
        var sum = model.Main.Op("Add", "sum", [model.Main.AddInitializer("c", TensorData.Floats([1, 2, 3])), model.Main.AddInitializer("d", TensorData.Floats([4, 5, 6]))]);
        model.Main.AddOutput(model.Main.Op("Mul", "y", [x, sum]));
        var report = Proved(model, "fold-constants");
        Assert.Equal((1, 0), (report.Constants, report.Obligations));
    }

    [Fact]
    public void Transposes_are_shown_by_a_small_run()
    {
        var report = Proved(Transposes(), "merge-transposes");
        Assert.Equal((1, 1, 2), (report.Obligations, report.Runs, report.Nodes));
    }

    [Fact]
    public void Only_the_changed_part_of_a_body_is_run()
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(2, 3, 4));
        model.Main.AddOutput(model.Main.If("y", body => body.Op("Relu", "r", [body.Transpose("t2", body.Transpose("t1", body.Op("Tanh", "t0", [x]), 1, 2, 0), 0, 2, 1)])));
        var report = Proved(model, "merge-transposes");
        Assert.Equal((1, 1, 2), (report.Obligations, report.Runs, report.Nodes));
    }

    [Fact]
    public void Exchanged_names_mean_nothing()
    {
        var model = Branches();
        var report = Proved(model, "swap-names");
        Assert.Equal((0, 0), (report.Obligations, report.Runs));
    }

    [Fact]
    public void Exchanged_outputs_are_found()
    {
        var (result, written) = CompileTest.Compile(Branches(), "swap-outputs");
        Assert.False(result.Check!.Validation!.Succeeded);
        Assert.Equal(CheckOutcome.Repaired, result.Check.Outcome);
        Assert.Equal("Relu", written!.Main.Outputs[0].Producer!.Op.Name);
    }

    [Fact]
    public void A_wrong_constant_is_found()
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(3));
        model.Main.AddOutput(model.Main.Op("Mul", "y", [x, model.Main.AddInitializer("c", TensorData.Floats([1, 2, 3]))]));
        var (result, written) = CompileTest.Compile(model, "nudge-constants");
        Assert.Contains("differs", result.Check!.Validation!.Reason, StringComparison.Ordinal);
        Assert.Equal(CheckOutcome.Repaired, result.Check.Outcome);
        Assert.Equal([1f, 2f, 3f], Assert.Single(written!.Main.Initializers).Initializer!.ToArray<float>());
    }

    [Fact]
    public void A_wrong_operator_is_not_proved()
    {
        var (result, _) = CompileTest.Compile(FakeModels.Chain("Relu", "Tanh"), "rename-op");
        Assert.False(result.Check!.Validation!.Succeeded);
    }

    [Fact]
    public void An_input_that_can_be_overridden_is_no_constant()
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(3));
        var bias = model.Main.AddInput("bias", PassTest.Type(3));
        model.Main.SetInitializer(bias, TensorData.Floats([1, 2, 3]));
        model.Main.AddOutput(model.Main.Op("Add", "y", [x, bias]));
        var (result, _) = CompileTest.Compile(model, "fix-input");
        Assert.False(result.Check!.Validation!.Succeeded);
    }

    [Fact]
    public void Random_nodes_equal_themselves_only()
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(3));
        var (a, b) = (Noise(model, "a"), Noise(model, "b"));
        model.Main.AddOutput(model.Main.Op("Sub", "y", [model.Main.Op("Add", "s", [model.Main.Op("Identity", "i", [x]), a]), b]));
        Assert.Equal(0, Proved(model, "eliminate-identity").Runs);

        var (result, _) = CompileTest.Compile(model, "rename-op{from=Sub, to=Add}");
        Assert.False(result.Check!.Validation!.Succeeded);
    }

    [Fact]
    public void Free_extents_are_chosen_alike_on_both_sides()
    {
        var model = Transposes(new TensorType(ElementType.Float, new Shape([Dim.Named("n"), Dim.Named("n"), Dim.Unknown])));
        Assert.Equal(1, Proved(model, "merge-transposes").Runs);
    }

    [Fact]
    public void Functions_are_compared_by_their_bodies()
    {
        var model = PassTest.NewModel();
        model.Opsets = model.Opsets.With("test", 1);
        model.Call(body => body.AddOutput(body.Op("Relu", "y", [body.Op("Tanh", "t", [body.AddInput("x")])])));
        model.Main.Inputs[0].SetType(PassTest.Type(3));
        Assert.Equal(0, Proved(model, "silent").Runs);

        var (result, _) = CompileTest.Compile(model, "rename-op");
        Assert.Contains("differs", result.Check!.Validation!.Reason, StringComparison.Ordinal);
        Assert.Equal(CheckOutcome.Repaired, result.Check.Outcome);
    }

    [Theory]
    [InlineData("bump-opset", CheckOutcome.Repaired, 12)]
    [InlineData("convert-opset{to=13}", CheckOutcome.Passed, 13)]
    public void Operators_of_another_version_are_not_taken_for_the_same(string pipeline, CheckOutcome outcome, long opset)
    {
        var model = PassTest.NewModel(opset: 12);
        var x = model.Main.AddInput("x", PassTest.Type(2, 3, 4));
        model.Main.AddOutput(model.Main.Op("Softmax", "y", [x], ("axis", 1)));
        var (result, written) = CompileTest.Compile(model, pipeline);
        Assert.Equal("operators are of other versions", result.Check!.Validation!.Reason);
        Assert.Equal(outcome, result.Check.Outcome);
        Assert.Equal(opset, written!.Opsets[""]);
    }

    static Model Transposes(TensorType? type = null)
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", type ?? PassTest.Type(2, 3, 4));
        model.Main.AddOutput(model.Main.Op("Relu", "y", [model.Main.Transpose("b", model.Main.Transpose("a", model.Main.Op("Tanh", "t", [x]), 1, 2, 0), 0, 2, 1)]));
        return model;
    }

    static Model Branches()
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(3));
        model.Main.AddOutput(model.Main.Op("Relu", "y", [model.Main.Op("Tanh", "a", [x])]));
        model.Main.AddOutput(model.Main.Op("Neg", "z", [model.Main.Op("Sin", "b", [x])]));
        return model;
    }

    static Value Noise(Model model, string name) =>
        model.Main.Op("RandomNormal", name, [], ("shape", new long[] { 3 }));

    static ValidationReport Proved(Model model, string pipeline)
    {
        var (result, written) = CompileTest.Compile(model, pipeline);
        Assert.Empty(result.Diagnostics);
        Assert.NotNull(written);
        Assert.Equal((CheckOutcome.Passed, null), (result.Check!.Outcome, result.Check.Validation!.Reason));
        Assert.Null(result.Check.Comparison);
        return result.Check.Validation;
    }

    static Model Written(Model model, string pipeline) => CompileTest.Compile(model, pipeline).Written!;
}
