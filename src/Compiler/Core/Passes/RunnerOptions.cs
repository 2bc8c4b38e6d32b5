using Onnxc.Calibration;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>How a pipeline is run.</summary>
public sealed record RunnerOptions
{
    /// <summary>Changes after which nothing more is changed.</summary>
    public long StopAfter { get; init; } = long.MaxValue;

    /// <summary>Changes that must not be made.</summary>
    public IReadOnlySet<StepKey>? Denied { get; init; }

    /// <summary>Names of values whose producers must not be changed.</summary>
    public IReadOnlySet<string>? Protected { get; init; }

    /// <summary>Passes that must not run, wherever the pipeline names them.</summary>
    public IReadOnlySet<string>? DeniedPasses { get; init; }

    /// <summary>Called after each pass that changed the model.</summary>
    public Action<PassDump>? Dump { get; init; }

    /// <summary>The one pass after which to dump; null for every pass.</summary>
    public string? DumpAfter { get; init; }

    /// <summary>The rule whose matches and near misses are to be recorded.</summary>
    public string? ExplainRule { get; init; }

    /// <summary>Keeps every change in the reports.</summary>
    public bool RecordChanges { get; init; }

    /// <summary>Checks invariants after each pass that changed the model; null leaves the check out.</summary>
    public Func<Model, IReadOnlyList<Diagnostic>>? Verify { get; init; }

    /// <summary>Called before each pass.</summary>
    public Action<PassProgress>? Progress { get; init; }

    /// <summary>Shows passes what values are on the user's data; null when there are none.</summary>
    public ICalibrator? Calibrator { get; init; }

    /// <summary>Measures what approximate changes cost and gain; null when there are no data.</summary>
    public IModelMeter? Meter { get; init; }

    /// <summary>Measures what models decide when bits of their weights flip; null when there are no data.</summary>
    public IResilienceMeter? Resilience { get; init; }

    /// <summary>Reads files of tensors that options name; null when the host has no reader.</summary>
    public ITensorReader? Tensors { get; init; }

    /// <summary>What approximate changes may cost; null for whatever they do.</summary>
    public QualityGates? Gates { get; init; }

    /// <summary>Called when a pass throws, before the run ends.</summary>
    public Action<PassCrash>? Crashed { get; init; }
}
