using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Tests.Passes;
using Xunit;

namespace Onnxc.Tests.Compilation;

public sealed class RepairTests
{
    [Fact]
    public void A_wrong_change_among_right_ones_is_taken_back_alone()
    {
        var (result, written) = CompileTest.Compile(Mixture(), "mixed");
        Assert.True(result.Succeeded);
        var warning = Assert.Single(result.Diagnostics);
        Assert.Equal(("ONNXC0701", Severity.Warning), (warning.Id, warning.Severity));
        Assert.Contains("`mixed`", warning.Message, StringComparison.Ordinal);
        Assert.Contains("negate", warning.Message, StringComparison.Ordinal);
        Assert.EndsWith("main/bad", warning.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(CheckOutcome.Repaired, result.Check!.Outcome);
        Assert.Equal(("mixed", "negate"), Assert.Single(result.Check.TakenBack.Select(t => (t.Pass, t.What))));
        Assert.Equal(["Relu", "Tanh"], written!.Main.Ops());
    }

    [Fact]
    public void Under_strict_nothing_is_written()
    {
        var (result, written) = CompileTest.Compile(Mixture(), "mixed", strict: true);
        Assert.Null(written);
        Assert.Equal("ONNXC0702", Assert.Single(result.Diagnostics).Id);
        Assert.Equal((false, CheckOutcome.Failed), (result.Succeeded, result.Check!.Outcome));
    }

    [Fact]
    public void A_wrong_change_in_a_body_is_found()
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(3));
        model.Main.AddOutput(model.Main.If("y", body => body.Op("Tanh", "t", [body.AddNode(new OpId("", "Relu"), [body.Op("Identity", "i", [x])], ["r"], name: "bad").Output])));
        var (result, written) = CompileTest.Compile(model, "mixed");
        Assert.Equal(CheckOutcome.Repaired, result.Check!.Outcome);
        Assert.Equal("ONNXC0701", Assert.Single(result.Diagnostics).Id);
        Assert.Equal(["Relu", "Tanh"], written!.Main.Body().Ops());
    }

    [Fact]
    public void A_pass_that_is_wrong_throughout_is_left_out()
    {
        var model = FakeModels.Chain([.. Enumerable.Repeat("Relu", 20), "Identity"]);
        var (result, written) = CompileTest.Compile(model, "rename-op, eliminate-identity");
        Assert.Equal(CheckOutcome.Repaired, result.Check!.Outcome);
        Assert.All(result.Diagnostics, d => Assert.Equal("ONNXC0701", d.Id));
        Assert.All(result.Check.TakenBack, t => Assert.Equal("rename-op", t.Pass));
        Assert.InRange(result.Check.TakenBack.Count, 1, 8);
        Assert.DoesNotContain("Sigmoid", FakeModels.Ops(written!), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pass_that_may_round_is_told_when_it_rounds_too_much()
    {
        var (result, written) = CompileTest.Compile(FakeModels.Chain("Tanh", "Relu"), "round-coarsely");
        Assert.Equal(CheckOutcome.Repaired, result.Check!.Outcome);
        Assert.Equal(("ONNXC0706", null), (Assert.Single(result.Diagnostics).Id, result.Diagnostics[0].Help));
        Assert.DoesNotContain("Mul", FakeModels.Ops(written!), StringComparison.Ordinal);
    }

    [Fact]
    public void Right_changes_raise_nothing()
    {
        var (result, _) = CompileTest.Compile(FakeModels.Chain("Relu", "Identity", "Tanh"), "mixed");
        Assert.Empty(result.Diagnostics);
        Assert.Equal(CheckOutcome.Passed, result.Check!.Outcome);
    }

    static Model Mixture()
    {
        var model = PassTest.NewModel();
        var x = model.Main.AddInput("x", PassTest.Type(3));
        var first = model.Main.Op("Identity", "i1", [x]);
        var bad = model.Main.AddNode(new OpId("", "Relu"), [first], ["r"], name: "bad").Output;
        model.Main.AddOutput(model.Main.Op("Tanh", "y", [model.Main.Op("Identity", "i2", [bad])]));
        return model;
    }
}
