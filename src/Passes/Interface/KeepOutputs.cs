using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Interface;

/// <summary>Keeps the named outputs of the model and drops the others. What computed only those is left to <c>eliminate-dead-code</c>.</summary>
[Pass("keep-outputs", "Keeps the named outputs of the model only.", SupportsWhere = false, DropsOutputs = true)]
public sealed class KeepOutputs(KeepOutputs.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Names of the outputs to keep.")] public ImmutableArray<string> Outputs { get; init; } = [];
    }

    public override void Run(Model model, PassContext cx)
    {
        var graph = model.Main;
        var wanted = options.Outputs.IsDefault ? [] : options.Outputs.ToHashSet(StringComparer.Ordinal);
        if (wanted.Count == 0) cx.Report(Diagnostic.Create(Descriptors.NoOutputsKept, ModelLocation.Of(model)));
        foreach (var name in wanted.Where(n => !graph.OutputNames.Contains(n)).Order(StringComparer.Ordinal))
            cx.Report(Diagnostic.Create(Descriptors.UnknownOutputToKeep, ModelLocation.Of(model), name) with { Help = Suggestions.Help(name, graph.OutputNames) });
        if (wanted.Count == 0 || cx.Diagnostics.Any(d => d.IsError)) return;

        for (var slot = graph.OutputNames.Count - 1; slot >= 0; slot--)
            if (!wanted.Contains(graph.OutputNames[slot]) && cx.TryStep(null, $"drop the output `{graph.OutputNames[slot]}`"))
                graph.RemoveOutput(slot);
    }
}
