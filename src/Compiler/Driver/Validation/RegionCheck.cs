using System.Diagnostics;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Runtime;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Shows obligations by running what they depend on in both models, all at once where that is possible: a value that is to be shown feeds the
/// next one, so that sizes stay consistent.
/// </summary>
sealed class RegionCheck(CompileOptions options, Numerics numerics, ModelNumbering original, TypeInference inference, Stopwatch watch)
{
    const long MostBytes = 1L << 29;
    const long MostCompared = 1L << 23;

    /// <summary>As written, and without the packing of weights, which pays only over many runs.</summary>
    public static readonly SessionSettings Settings = SessionSettings.Unoptimized.With("session.disable_prepacking", "1");

    readonly FunctionSection originalFunctions = new();
    readonly FunctionSection resultFunctions = new();
    readonly HashSet<Node> covered = [];

    public int Runs { get; private set; }

    public int NodesRun { get; private set; }

    public RegionOutcome Check(ModelNumbering result) => result.Obligations.Count == 0 ? RegionOutcome.Agree : Check(result, result.Obligations);

    /// <summary>True when every node of the result is known from the original or was part of a region that ran.</summary>
    public bool Covers(ModelNumbering result) => result.Model.Main.Nodes.All(n =>
        covered.Contains(n) || n.Outputs.Any(o => original.Representative(result.NumberOf(o)) is not null));

    // What cannot be shown together may be shown apart; what differs need not be looked at again.
    RegionOutcome Check(ModelNumbering result, IReadOnlyList<Obligation> obligations)
    {
        var outcome = Try(result, obligations);
        if (outcome.Reason is null || outcome.Differing.Count > 0 || obligations.Count == 1 || watch.Elapsed > options.CheckBudget) return outcome;
        var half = obligations.Count / 2;
        var first = Check(result, [.. obligations.Take(half)]);
        if (first.Reason is not null && first.Differing.Count == 0) return first;
        var second = Check(result, [.. obligations.Skip(half)]);
        return new(first.Reason ?? second.Reason, [.. first.Differing, .. second.Differing]);
    }

    RegionOutcome Try(ModelNumbering result, IReadOnlyList<Obligation> obligations)
    {
        var types = new BoundaryTypes(original, result, inference, useResult: false);
        var (left, right) = Regions(result, obligations, types);
        if (left.Problem is not null || left.Nodes.Count > ManyNodes(obligations) || Inputs(left, right).Any(n => Fix(n, types, new Extents(options.Shapes)) is null))
        {
            types = new BoundaryTypes(original, result, inference, useResult: true);
            (left, right) = Regions(result, obligations, types);
        }
        if ((left.Problem ?? right.Problem) is { } problem) return RegionOutcome.Impossible(problem);
        if (left.WeightBytes + right.WeightBytes > MostBytes) return RegionOutcome.Impossible("its weights are too large");
        var reason = "";
        foreach (var extents in Extents.All(options.Shapes))
        {
            var inputs = new SortedDictionary<int, TensorType>();
            foreach (var number in Inputs(left, right))
            {
                if (Fix(number, types, extents) is not { } type)
                    return RegionOutcome.Impossible($"the type of `{original.Representative(number)!.Name}` is not known");
                inputs[number] = type;
            }
            // The whole models are compared in their outputs only.
            if (obligations.Sum(o => Fix(original.NumberOf(o.Original), types, extents)?.Shape?.ElementCount ?? 0) > MostCompared)
                return RegionOutcome.Impossible("too much would have to be compared");
            if (inputs.Values.Sum(t => (double)t.Shape!.ElementCount! * t.Element.BitWidth() / 8) > MostBytes)
                return RegionOutcome.Impossible("its inputs are too large");
            var compared = Run(left, right, inputs);
            if (compared.IsOk) return Judge(compared.Value, obligations, right, hasInputs: inputs.Count > 0);
            reason = compared.Diagnostics[0].Message;
            if (!extents.Chose || watch.Elapsed > options.CheckBudget) break;
        }
        return RegionOutcome.Impossible(reason);
    }

    (Region Left, Region Right) Regions(ModelNumbering result, IReadOnlyList<Obligation> obligations, BoundaryTypes types)
    {
        var boundary = new RegionBoundary(original, result, obligations, types);
        var left = new Region(original, boundary.Contains, obligations.Select(o => o.Original));
        // What both have in common runs once, except what is to be shown. Extents are left out: they follow from those of the inputs.
        var shown = obligations.Select(o => original.NumberOf(o.Original)).ToHashSet();
        TensorType? Provided(int number) =>
            left.Computes(number) && !shown.Contains(number) && types.TypeOf(number) is TensorType { Element: not ElementType.Undefined } type ? new TensorType(type.Element, null) : null;
        return (left, new Region(result, boundary.Contains, obligations.Select(o => o.Result), Provided));
    }

    static IEnumerable<int> Inputs(Region left, Region right) => left.Inputs.Union(right.Inputs);

    TensorType? Fix(int number, BoundaryTypes types, Extents extents) => extents.Fix(original.Representative(number)!, types.TypeOf(number));

    // More than this, and better types are likely to make regions smaller.
    static int ManyNodes(IReadOnlyList<Obligation> obligations) => 32 + 8 * obligations.Count;

    Result<ComparisonReport> Run(Region left, Region right, SortedDictionary<int, TensorType> types)
    {
        var (leftWeights, rightWeights) = (new Dictionary<string, TensorData>(StringComparer.Ordinal), new Dictionary<string, TensorData>(StringComparer.Ordinal));
        var candidate = right.Build(resultFunctions, types, "result", rightWeights);
        var reference = left.Build(originalFunctions, types, "original", leftWeights, right.Taken);
        foreach (var (name, data) in rightWeights) reference.AddUnusedInput(name, data.Type);
        foreach (var (name, data) in leftWeights) candidate.AddUnusedInput(name, data.Type);

        var ports = types.Select(t => new ModelPort(Region.InputName(t.Key), t.Value)).ToList();
        var values = new Dictionary<string, RuntimeValue>(new InputGenerator(options.Seed).Candidates(ports).FirstOrDefault()
            ?? new Dictionary<string, RuntimeValue>(), StringComparer.Ordinal);
        foreach (var (name, data) in leftWeights.Concat(rightWeights)) values[name] = new TensorValue(data);
        Runs++;
        NodesRun += left.Nodes.Count;
        var comparer = new ModelComparer(new ComparisonOptions
        {
            Mode = numerics == Numerics.Exact ? ToleranceMode.Exact : ToleranceMode.Rounding,
            Reference = Settings,
            Candidate = Settings,
            DriftFactor = 0,
            PassesOn = true,
            Timeout = options.CheckBudget,
        });
        try
        {
            return comparer.Compare(ModelSource.Bytes(reference.ToBytes()), ModelSource.Bytes(candidate.ToBytes()), [new Sample(values, Sample.NothingExpected)]);
        }
        catch (DiagnosticException e)
        {
            return Result<ComparisonReport>.Fail(e.Diagnostic);
        }
    }

    RegionOutcome Judge(ComparisonReport report, IReadOnlyList<Obligation> obligations, Region right, bool hasInputs)
    {
        var byName = report.Outputs.ToDictionary(o => o.Name, StringComparer.Ordinal);
        var differing = obligations.Where((_, i) => !byName[Region.TargetName(i)].Passed).ToList();
        if (differing.Count > 0) return new($"`{differing[0].Name}` differs", differing);
        for (var i = 0; i < obligations.Count; i++)
            if (hasInputs && SaysNothing(byName[Region.TargetName(i)], obligations[i].Original))
                return RegionOutcome.Impossible($"random values say nothing about `{obligations[i].Name}`");
        covered.UnionWith(right.Nodes);
        return RegionOutcome.Agree;
    }

    // Nothing at all, or NaN or zero everywhere: whatever came before may have been different.
    static bool SaysNothing(OutputComparison output, Value value) =>
        output.Metrics.Elements == 0 || (output.Metrics.Scale == 0 && value.ElementType?.IsFloatingPoint() != false);
}
