using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes;

/// <summary>States the inferred types and shapes of intermediate values in the model.</summary>
[Pass("infer-shapes", "Infers types and shapes and states them in the model.", SupportsWhere = false)]
public sealed class InferShapes(InferShapes.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Fail when the type of a value cannot be inferred.")] public bool Strict { get; init; }
    }

    public override void Run(Model model, PassContext cx)
    {
        if (cx.InferTypes(model) is { } reason)
        {
            var diagnostic = Diagnostic.Create(Descriptors.TypesNotInferred, ModelLocation.Of(model), reason);
            cx.Report(options.Strict ? diagnostic : diagnostic with { Severity = Severity.Warning });
            return;
        }

        // Types in a function depend on the call, so that there is nothing to state.
        var graphs = model.Bodies().Where(g => g.Function is null).ToList();
        var results = graphs.SelectMany(g => g.Nodes).SelectMany(n => n.Outputs).Where(o => o.Name.Length > 0).ToList();
        foreach (var value in graphs.SelectMany(g => g.Inputs).Concat(results).Where(v => v.Type is not null && v.TypeIsInferred))
            if (cx.TryStep(value.Producer, $"state the type of `{value}`")) value.SetType(value.Type);

        var unknown = results.Where(v => v.Type is null).ToList();
        foreach (var _ in unknown) cx.Skip("the type cannot be inferred");
        if (options.Strict && unknown.Count > 0)
            cx.Report(Diagnostic.Create(Descriptors.TypesIncomplete, ModelLocation.Of(unknown[0].Producer!), unknown[0].Name,
                unknown.Count - 1));
    }
}
