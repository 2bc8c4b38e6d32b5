using System.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Shows that a result computes what the original does, by looking at the changed parts only (Pnueli, Siegel, Singerman: Translation
/// Validation, 1998; Necula, 2000). Values are matched by value numbers; where that fails, the few nodes that differ are run on both sides on
/// random values of what they depend on. They must agree for any values, so every region is shown on its own terms, and by induction along
/// the result's order the whole agrees. Whatever is left open is for the differential check.
/// </summary>
/// <param name="inference">Has inferred the types of the result already, unless something changed since.</param>
sealed class TranslationValidation(CompileOptions options, TypeInference inference)
{
    // Names of values that a pass has given another meaning cost a round each.
    const int MostRounds = 3;

    const int FewObligations = 32;
    const int ValuesPerObligation = 32;

    readonly Stopwatch watch = Stopwatch.StartNew();
    int values, folded, obligations, differing;
    RegionCheck? regions;

    /// <summary>Null when there was nothing to be shown this way: approximate passes change the function.</summary>
    public ValidationReport? Validate(Model result, StagedModel staged, Numerics numerics)
    {
        if (numerics == Numerics.Approximate) return null;
        var reason = Reason(result, staged, numerics);
        return new ValidationReport(values, folded, obligations, regions?.Runs ?? 0, regions?.NodesRun ?? 0, watch.Elapsed.TotalMilliseconds, reason)
        {
            Differing = differing,
        };
    }

    string? Reason(Model result, StagedModel staged, Numerics numerics)
    {
        var read = ModelReader.Read(options.Input, options.Read);
        if (!read.IsOk) return read.Diagnostics[0].Message;
        var original = read.Value;
        // From version 4 on, initializers among the inputs can be overridden.
        if (original.IrVersion != result.IrVersion) return "the IR version differs";
        // Nothing is equal to what it was, so every part would have to be run.
        if (original.Opsets.Entries.Any(o => result.Opsets.Has(o.Key) && result.Opsets[o.Key] != o.Value)) return "operators are of other versions";
        if (original.Bodies().Any(b => GraphOrder.Sort(b) is not null)) return "the original has a cycle";

        var table = new NumberTable();
        var declared = new DeclaredTypes(original);
        var constants = new ConstantFolding(original, result, table, options.CheckBudget);
        folded = constants.Original.Count + constants.Result.Count;
        // Types that follow from constants are inferred only where these are seen.
        foreach (var (value, data) in constants.Original) value.ReplaceAllUsesWith(value.Graph.AddInitializer(value.Name, data));
        var before = new ModelNumbering(original, table);
        before.Run();
        var released = new HashSet<string>(StringComparer.Ordinal);
        for (var round = 1; ; round++)
        {
            var after = new ModelNumbering(result, table, before, released, constants.Result);
            if (!after.Run()) return "the interface differs";
            (values, obligations) = (after.Count, after.Obligations.Count);
            // Types and regions for so many parts cost more than one run of the whole.
            if (obligations > Math.Max(FewObligations, after.Count / ValuesPerObligation)) return FormattableString.Invariant($"{obligations} parts changed");
            regions ??= new RegionCheck(options, numerics, before, inference, watch);
            var outcome = regions.Check(after);
            differing = outcome.Differing.Count;
            if (outcome.Reason is null) return regions.Covers(after) && declared.Cover(before, after) ? null : LoadFailure(staged);
            if (round == MostRounds || outcome.Differing.Count == 0 || outcome.Differing.Any(d => d.IsSlot)) return outcome.Reason;
            released.UnionWith(outcome.Differing.Select(d => d.Name));
        }
    }

    // Nodes that nothing depends on, and types that were stated anew, change no value, but ONNX Runtime may refuse them.
    static string? LoadFailure(StagedModel staged)
    {
        var loaded = OrtModel.Load(staged.Path, RegionCheck.Settings);
        if (!loaded.IsOk) return loaded.Diagnostics[0].Message;
        loaded.Value.Dispose();
        return null;
    }
}
