using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Pipelines;
using Xunit;

namespace Onnxc.Tests.Passes;

public sealed class PassRunnerTests
{
    [Fact]
    public void Steps_run_in_order_and_are_reported()
    {
        var model = FakeModels.Chain("Relu", "Identity", "Relu");
        var run = Run("drop-identity, rename-op{to=Tanh}, whole", model);
        Assert.True(run.Succeeded);
        Assert.Equal("Tanh Tanh", FakeModels.Ops(model));
        Assert.Equal(3, run.Changes);
        Assert.Equal(
            ["drop-identity: 1 changed, 3 -> 2 nodes", "rename-op: 2 changed", "whole: 0 changed"],
            run.Reports.Select(r => r.Coverage));
        Assert.Equal(["drop-identity", "rename-op{to=Tanh}", "whole"], run.Reports.Select(r => r.Step));
        Assert.Equal([true, true, false], run.Reports.Select(r => r.ModelChanged));
    }

    [Fact]
    public void An_empty_pipeline_touches_nothing()
    {
        var model = FakeModels.Chain("Relu");
        var revision = model.Revision;
        Assert.Empty(Run("", model).Reports);
        Assert.Equal(revision, model.Revision);
    }

    [Theory]
    [InlineData(0, "Relu Identity Relu")]
    [InlineData(1, "Relu Relu")]
    [InlineData(2, "Sigmoid Relu")]
    [InlineData(3, "Sigmoid Sigmoid")]
    [InlineData(9, "Sigmoid Sigmoid")]
    public void Stop_after_makes_that_many_changes(long limit, string expected)
    {
        var model = FakeModels.Chain("Relu", "Identity", "Relu");
        var run = Run("drop-identity, rename-op", model, new() { StopAfter = limit });
        Assert.Equal(expected, FakeModels.Ops(model));
        Assert.Equal(limit is 1 or 2 or 3, run.Limit is not null);
        if (limit == 2) Assert.Equal(("rename-op", "main//layer0/Relu", "rename to Sigmoid"), (run.Limit!.Value.Key.Pass, run.Limit.Value.Scope, run.Limit.Value.Key.What));
    }

    [Fact]
    public void A_pass_that_does_not_count_cannot_run_beyond_the_limit()
    {
        var model = FakeModels.Chain("Relu");
        Run("rename-op, silent", model, new() { StopAfter = 1 });
        Assert.Empty(model.Main.Initializers);
    }

    [Fact]
    public void Denied_changes_are_numbered_but_not_made()
    {
        var model = FakeModels.Chain("Relu", "Relu", "Relu");
        var second = StepKey.Of("rename-op", model.Main.Nodes.ElementAt(1), "rename to Sigmoid");
        var run = Run("rename-op", model, new() { Denied = new HashSet<StepKey> { second } });
        Assert.Equal("Sigmoid Relu Sigmoid", FakeModels.Ops(model));
        Assert.Equal("rename-op: 2 changed, 1 denied", run.Reports[0].Coverage);
        Assert.Equal(3, run.Changes);
    }

    [Fact]
    public void Denied_passes_do_not_run()
    {
        var model = FakeModels.Chain("Relu", "Identity");
        Run("drop-identity, rename-op", model, new() { DeniedPasses = new HashSet<string> { "rename-op" } });
        Assert.Equal("Relu", FakeModels.Ops(model));
    }

    [Fact]
    public void Repeat_runs_until_nothing_changes_and_merges_rows()
    {
        var model = FakeModels.Chain("Identity", "Identity", "Identity", "Relu");
        var run = Run("repeat(drop-identity, whole)", model);
        Assert.Equal("Relu", FakeModels.Ops(model));
        Assert.Equal(["drop-identity: 3 changed, 4 -> 1 nodes, 4 runs", "whole: 0 changed, 4 runs"], run.Reports.Select(r => r.Coverage));
    }

    [Fact]
    public void Repeat_ends_at_its_maximum()
    {
        var model = FakeModels.Chain("Identity", "Identity", "Identity");
        Run("repeat{max=2}(drop-identity)", model);
        Assert.Equal("Identity", FakeModels.Ops(model));
    }

    [Fact]
    public void Where_narrows_a_step_and_the_rest_is_counted_as_skipped()
    {
        var model = FakeModels.Chain("Relu", "Relu", "Relu");
        var run = Run("rename-op where name ~ \"layer[12]\"", model);
        Assert.Equal("Relu Sigmoid Sigmoid", FakeModels.Ops(model));
        Assert.Equal("rename-op: 2 changed, 1 skipped (1 not selected)", run.Reports[0].Coverage);
    }

    [Fact]
    public void Where_that_matches_nothing_is_an_error_and_nothing_is_changed()
    {
        var model = FakeModels.Chain("Relu");
        var run = Run("rename-op where op == Conv", model);
        Assert.Equal("ONNXC0212", Assert.Single(run.Diagnostics).Id);
        Assert.Equal(("rename-op", "Relu"), (run.FailedPass, FakeModels.Ops(model)));
    }

    [Fact]
    public void Where_inside_repeat_may_use_itself_up()
    {
        var model = FakeModels.Chain("Relu", "Identity");
        Assert.True(Run("repeat(rename-op where op == Relu)", model).Succeeded);
    }

    [Fact]
    public void Where_is_checked_against_the_model_as_the_step_finds_it()
    {
        var model = FakeModels.Chain("Relu");
        Assert.True(Run("rename-op, rename-op{from=Sigmoid, to=Tanh} where op == Sigmoid", model).Succeeded);
    }

    [Fact]
    public void Dumps_are_numbered_and_only_for_changes()
    {
        var dumps = new List<string>();
        void Dump(PassDump d) => dumps.Add($"{d.Number} {d.Pass} {FakeModels.Ops(d.Model)}");
        Run("whole, drop-identity, rename-op, rename-op", FakeModels.Chain("Relu", "Identity"), new() { Dump = Dump });
        Assert.Equal(["1 drop-identity Relu", "2 rename-op Sigmoid"], dumps);
        dumps.Clear();
        Run("drop-identity, rename-op", FakeModels.Chain("Relu", "Identity"), new() { Dump = Dump, DumpAfter = "rename-op" });
        Assert.Equal(["1 rename-op Sigmoid"], dumps);
    }

    [Fact]
    public void Dumping_after_a_pass_that_does_not_run_is_an_error()
    {
        var error = Assert.Single(Run("rename-op", FakeModels.Chain("Relu"), new() { DumpAfter = "rename-ob" }).Diagnostics);
        Assert.Equal(("ONNXC0217", "a similar name exists: `rename-op`"), (error.Id, error.Help));
    }

    [Fact]
    public void A_crash_names_the_pass_and_what_reproduces_it()
    {
        PassCrash? crash = null;
        var run = Run("rename-op, crash, drop-identity", FakeModels.Chain("Relu", "Identity"), new() { Crashed = c => crash = c });
        var error = Assert.Single(run.Diagnostics);
        Assert.Equal(("ONNXC0901", "`crash` failed: InvalidOperationException: on purpose"), (error.Id, error.Message));
        Assert.Contains("--stop-after 1", error.Help, StringComparison.Ordinal);
        Assert.Equal(("crash", 1L), (run.FailedPass, run.ChangesBeforeFailure));
        Assert.Equal(("crash", 1L), (crash!.Pipeline, crash.ChangesBefore));
        Assert.Equal(["rename-op", "crash"], run.Reports.Select(r => r.Pass));
    }

    [Fact]
    public void An_error_of_a_pass_ends_the_run()
    {
        var run = Run("complain, rename-op", FakeModels.Chain("Relu"));
        Assert.Equal(("complain", false, 1), (run.FailedPass, run.Succeeded, run.Reports.Count));
    }

    [Fact]
    public void Verification_runs_first_and_after_changes_only_and_its_errors_name_the_step()
    {
        var checks = 0;
        IReadOnlyList<Diagnostic> Verify(Model model)
        {
            checks++;
            return FakeModels.Ops(model).Contains("Bad", StringComparison.Ordinal) ? [Diagnostic.Create(Descriptors.CyclicGraph, null, "n")] : [];
        }
        Assert.True(Run("whole, rename-op, rename-op", FakeModels.Chain("Relu"), new() { Verify = Verify }).Succeeded);
        Assert.Equal(2, checks);
        // What was wrong before is no pass's fault.
        var broken = Run("whole", FakeModels.Chain("Bad"), new() { Verify = Verify });
        Assert.Equal("found in the model as it was read", Assert.Single(Assert.Single(broken.Diagnostics).Notes));
        Assert.Null(broken.FailedPass);
        var run = Run("whole, rename-op{to=Bad}, whole", FakeModels.Chain("Relu"), new() { Verify = Verify });
        var error = Assert.Single(run.Diagnostics);
        Assert.Equal("found after `rename-op{to=Bad}` (step 2)", Assert.Single(error.Notes));
        Assert.Equal("rename-op", run.FailedPass);
    }

    [Fact]
    public void A_change_that_nobody_counted_shows() =>
        Assert.Equal("silent: changed", Run("silent", FakeModels.Chain("Relu")).Reports[0].Coverage);

    [Fact]
    public void Progress_counts_written_steps()
    {
        var seen = new List<string>();
        Run("whole, repeat{max=2}(silent), whole", FakeModels.Chain("Relu"), new() { Progress = p => seen.Add($"{p.Index}/{p.Total} {p.Pass}") });
        Assert.Equal(["1/3 whole", "2/3 silent", "2/3 silent", "3/3 whole"], seen);
    }

    [Fact]
    public void Bodies_are_sorted_first_and_a_cycle_is_an_error()
    {
        var model = FakeModels.Chain("Relu", "Identity");
        model.Main.Nodes.First!.SetInput(0, model.Main.Nodes.Last!.Output);
        Assert.Equal(Descriptors.CyclicGraph, Assert.Single(Run("whole", model).Diagnostics).Descriptor);

        var backwards = new Model(10, OpsetImports.Empty.With("", 21));
        var x = backwards.Main.AddInput("x");
        var late = backwards.Main.AddNode(new("", "Relu"), [x], ["a"]);
        backwards.Main.AddOutput(backwards.Main.AddNode(new("", "Neg"), [late.Output], ["y"], before: late).Output);
        Assert.Equal("Neg Relu", FakeModels.Ops(backwards));
        Assert.True(Run("whole", backwards).Succeeded);
        Assert.Equal("Relu Neg", FakeModels.Ops(backwards));
    }

    static PassRun Run(string pipeline, Model model, RunnerOptions? options = null) =>
        new PassRunner(options: options).Run(PipelineBinder.Bind(pipeline, FakePasses.Catalog).OrThrow(), model);
}
