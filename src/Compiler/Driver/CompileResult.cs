using Onnxc.Diagnostics;
using Onnxc.Passes;
using Onnxc.Rewriting;

namespace Onnxc.Compilation;

/// <summary>Everything a compile has to tell.</summary>
public sealed record CompileResult
{
    /// <summary>True when the output is in place (or, on a dry run, would be).</summary>
    public bool Succeeded => !Diagnostics.Any(d => d.IsError);

    public required IReadOnlyList<Diagnostic> Diagnostics { get; init; }

    /// <summary>The pipeline as it ran, built-in ones expanded.</summary>
    public string? Pipeline { get; init; }

    /// <summary>The pipeline with the outcome of searches in their place; run with the same data and without gates, it makes the same model. Null where nothing was searched for.</summary>
    public string? Resolved { get; init; }

    public IReadOnlyList<PassReport> Passes { get; init; } = [];

    /// <summary>Changes made to the model.</summary>
    public long Changes { get; init; }

    public ModelSummary? Before { get; init; }
    public ModelSummary? After { get; init; }
    public CheckReport? Check { get; init; }

    /// <summary>Milliseconds by stage, in order.</summary>
    public IReadOnlyList<(string Stage, double Milliseconds)> Timings { get; init; } = [];

    public MatchTrace? Trace { get; init; }
}
