using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// What ONNX Runtime fuses in a model when it optimises it at its extended level, bodies included; operators that its fusions make count wherever they
/// come from, since a model can also state them itself.
/// </summary>
public sealed class FusionCensus
{
    readonly Model optimized;

    FusionCensus(Model optimized)
    {
        this.optimized = optimized;
        Nodes = optimized.AllNodes().Count();
        Fused = optimized.AllNodes().Select(n => n.Op).Where(FusedOperators.IsFused).CountBy(op => op).ToDictionary();
    }

    /// <summary>Nodes that ONNX Runtime runs, one for each operator of the optimised model.</summary>
    public int Nodes { get; }

    /// <summary>Nodes by fused operator.</summary>
    public IReadOnlyDictionary<OpId, int> Fused { get; }

    /// <summary>Loads a file into ONNX Runtime and counts what it makes of it.</summary>
    public static Result<FusionCensus> Of(string path)
    {
        var optimized = OrtOptimizer.Optimize(path);
        return optimized.IsOk ? Result<FusionCensus>.Ok(new(optimized.Value)) : Result<FusionCensus>.Fail(optimized.Diagnostics);
    }

    /// <summary>
    /// Fused operators that are lost in <paramref name="result"/>, and how many of each: a value that one made is now made by a plain operator. Where
    /// the value is gone, so is that part of the model, or it is fused further.
    /// </summary>
    public IReadOnlyList<KeyValuePair<OpId, int>> LostIn(FusionCensus result)
    {
        var plain = result.optimized.AllNodes().Where(n => !FusedOperators.IsFused(n.Op) && !n.Op.Is("Identity")).SelectMany(n => n.Outputs).Select(o => o.Name)
            .ToHashSet(StringComparer.Ordinal);
        return [.. optimized.AllNodes().Where(n => FusedOperators.IsFused(n.Op) && n.Outputs.Any(o => o.Name.Length > 0 && plain.Contains(o.Name)))
            .CountBy(n => n.Op).OrderBy(c => c.Key.ToString(), StringComparer.Ordinal)];
    }

    /// <summary>Names of the values of <paramref name="original"/> that are made within patterns, or close behind them, which ONNX Runtime fuses into <paramref name="ops"/>.</summary>
    public IReadOnlySet<string> ValuesAtAndAround(Model original, IReadOnlyCollection<OpId> ops) =>
        new FusedPatterns(original).AtAndAround(optimized.AllNodes().Where(n => ops.Contains(n.Op))).SelectMany(n => n.Outputs).Select(o => o.Name).ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// True when the patterns that ONNX Runtime fuses in <paramref name="original"/> stand in <paramref name="result"/> as they were, so that it fuses
    /// them there as well. False says nothing.
    /// </summary>
    public bool IsIntact(Model original, Model result) => new FusedPatterns(original).AreIn(result, optimized.AllNodes().Where(n => FusedOperators.IsFused(n.Op)));
}
