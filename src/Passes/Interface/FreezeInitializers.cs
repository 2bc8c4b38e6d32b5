using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes.Interface;

/// <summary>
/// Takes initializers off the inputs of the model, so that they are constants: from version 4 of the format on, a caller may override one that is
/// listed there, and neither onnxc nor ONNX Runtime can fold or fuse it. Some exporters list every weight.
/// </summary>
[Pass("freeze-initializers", "Initializers that callers could override become constants.", SupportsWhere = false)]
public sealed class FreezeInitializers(FreezeInitializers.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("Names of the initializers to freeze; all when empty.")] public ImmutableArray<string> Only { get; init; } = [];
    }

    public override void Run(Model model, PassContext cx)
    {
        var graph = model.Main;
        var overridable = graph.Inputs.Where(i => i.IsInitializer && i.Constant is null).ToList();
        var names = overridable.ConvertAll(i => i.Name);
        var only = options.Only.IsDefaultOrEmpty ? null : options.Only.ToHashSet(StringComparer.Ordinal);
        foreach (var name in (only ?? []).Where(n => !names.Contains(n)).Order(StringComparer.Ordinal))
            cx.Report(Diagnostic.Create(Descriptors.UnknownInitializerToFreeze, ModelLocation.Of(model), name) with { Help = Suggestions.Help(name, names) });
        if (cx.Diagnostics.Any(d => d.IsError)) return;

        foreach (var value in overridable)
        {
            if (only?.Contains(value.Name) == false) cx.Skip("not among those to freeze");
            else if (cx.TryStep(null, $"freeze `{value.Name}`")) graph.Freeze(value);
        }
    }
}
