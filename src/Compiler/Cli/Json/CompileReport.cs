namespace Onnxc.Cli.Json;

/// <summary>Result of <c>compile</c>.</summary>
sealed record CompileReport() : Report("compile")
{
    public string Input { get; init; } = "";
    public string Output { get; init; } = "";

    /// <summary>True when nothing was to be written; steps then have their changes.</summary>
    public bool DryRun { get; init; }

    /// <summary>True when the output is in place.</summary>
    public bool Written { get; init; }

    /// <summary>Canonical text of the pipeline.</summary>
    public string? Pipeline { get; init; }

    /// <summary>The same with the outcome of searches; null where nothing was searched for.</summary>
    public string? Resolved { get; init; }

    public long Changes { get; init; }
    public FiguresJson? Before { get; init; }
    public FiguresJson? After { get; init; }
    public CheckJson? Check { get; init; }
    public IReadOnlyList<StepJson> Passes { get; init; } = [];

    /// <summary>Errors by value, in the order of the model; null unless a report was asked for.</summary>
    public IReadOnlyList<LayerJson>? Layers { get; init; }

    public IReadOnlyList<StageJson> Timings { get; init; } = [];

    /// <summary>Null unless a rule was to be explained.</summary>
    public TraceJson? Explained { get; init; }

    public sealed record FiguresJson(int Nodes, int Constants, long Parameters, long ParameterBytes, long FileBytes,
        IReadOnlyDictionary<string, int> Operators);

    public sealed record StepJson(string Pass, string Step, string? Origin, string Numerics, int Runs, int Changed, long Denied,
        IReadOnlyDictionary<string, int> Skipped, int NodesBefore, int NodesAfter, bool ModelChanged, double Milliseconds, string Coverage)
    {
        /// <summary>Null unless it is a dry run.</summary>
        public IReadOnlyList<StepChangeJson>? Changes { get; init; }
    }

    /// <summary><paramref name="Site"/> is the node, empty for a change of the model as a whole.</summary>
    public sealed record StepChangeJson(string What, string Site);

    /// <summary><paramref name="Outcome"/>: <c>passed</c>, <c>repaired</c>, <c>failed</c>, <c>impossible</c> or <c>skipped</c>.</summary>
    public sealed record CheckJson(string Outcome, string? Reason, string? Mode, int? Samples, IReadOnlyList<CompareReport.ValueJson> Outputs,
        IReadOnlyList<TakenBackJson> TakenBack)
    {
        /// <summary>What was shown about the changed parts alone; when it sufficed, the models were not run as a whole.</summary>
        public ProofJson? Proof { get; init; }

        /// <summary>What ONNX Runtime fuses when it loads the models; null when that was not asked for.</summary>
        public FusionsJson? Fusions { get; init; }
    }

    /// <summary>
    /// Fused operators that ONNX Runtime makes of the original and of the result. <paramref name="Kept"/>: those that were lost at first, until the
    /// patterns behind them were left alone. <paramref name="Reason"/>: why they were not counted. <paramref name="Intact"/>: the result was not
    /// counted, since it holds the patterns of the original as they were.
    /// </summary>
    public sealed record FusionsJson(string? Reason, IReadOnlyDictionary<string, int> Before, IReadOnlyDictionary<string, int> After, bool Intact,
        IReadOnlyDictionary<string, int> Lost, IReadOnlyDictionary<string, int> Kept);

    /// <summary><paramref name="Reason"/> is null when the proof sufficed.</summary>
    public sealed record ProofJson(int Values, int Obligations, int Runs, int Nodes, int Differing, double Milliseconds, string? Reason);

    public sealed record TakenBackJson(string Pass, string What);

    /// <summary><paramref name="SqnrDb"/> is null when there is no error.</summary>
    public sealed record LayerJson(string Name, double RelativeError, double? SqnrDb, double MaxError)
    {
        /// <summary>Of the layers with the largest errors only.</summary>
        public DistributionJson? Distribution { get; init; }
    }

    /// <summary>Numbers of a value before and after, counted in bins of equal width that begin at <paramref name="Least"/>.</summary>
    public sealed record DistributionJson(double Least, double Width, IReadOnlyList<long> Before, IReadOnlyList<long> After);

    public sealed record StageJson(string Stage, double Milliseconds);

    public sealed record TraceJson(string Rule, int Matches, IReadOnlyList<MissJson> Misses);

    /// <summary>A match that began at <paramref name="Root"/> and ended at <paramref name="At"/>.</summary>
    public sealed record MissJson(string Root, string At, string Reason, int Depth);
}
