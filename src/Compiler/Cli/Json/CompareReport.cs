using Onnxc.Runtime;

namespace Onnxc.Cli.Json;

/// <summary>Result of <c>compare</c>.</summary>
sealed record CompareReport() : Report("compare")
{
    /// <summary><c>within-tolerance</c>, <c>beyond</c> or <c>not-comparable</c>.</summary>
    public string Verdict { get; init; } = "";

    public string? Reason { get; init; }
    public string Mode { get; init; } = "";
    public int? Samples { get; init; }

    /// <summary>Outputs, or with <c>--layers</c> every value that both models have, in topological order.</summary>
    public IReadOnlyList<ValueJson> Values { get; init; } = [];

    /// <summary>Share of right answers by the labels of the data; null without labels, or when no output holds scores.</summary>
    public double? ReferenceAccuracy { get; init; }

    public double? CandidateAccuracy { get; init; }

    /// <summary>First layer beyond tolerance, and the node that makes it.</summary>
    public string? FirstDivergence { get; init; }

    public string? FirstDivergentNode { get; init; }

    public sealed record ValueJson(string Name, string Type, bool Passed, bool Exact, long Elements, long Mismatches, double MaxError,
        double RelativeL2, double? SqnrDb, double Cosine, double? Agreement, double? Tolerance, string? Reason)
    {
        public static ValueJson Of(OutputComparison o) => new(o.Name, o.Type, o.Passed, o.Metrics.IsExact, o.Metrics.Elements, o.Metrics.Mismatches,
            o.Metrics.MaxError, o.Metrics.RelativeL2, o.Metrics.SqnrDb, o.Metrics.Cosine, o.Metrics.Agreement, o.Tolerance, o.Reason);
    }
}
