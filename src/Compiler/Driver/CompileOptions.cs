using Onnxc.Calibration;
using Onnxc.Passes;
using Onnxc.Serialization;

namespace Onnxc.Compilation;

/// <summary>What to compile, how, and how strictly to check it.</summary>
public sealed record CompileOptions
{
    public required string Input { get; init; }
    public required string Output { get; init; }

    /// <summary>Pipeline in the pipeline language; the empty text copies the model.</summary>
    public string Pipeline { get; init; } = "@default";

    /// <summary>Name of the file that <see cref="Pipeline"/> came from, for messages.</summary>
    public string? PipelineFile { get; init; }

    /// <summary>Passes that the pipeline may name; hosts can add their own.</summary>
    public PassCatalog Catalog { get; init; } = StandardCatalog.Instance;

    /// <summary>Samples for passes that learn from them: an .npz keyed by input name, or a folder of ONNX test data; null for none.</summary>
    public string? Data { get; init; }

    /// <summary>A table that was made with such samples before; null for none.</summary>
    public string? CalibrationTable { get; init; }

    /// <summary>How many samples to take at most.</summary>
    public int DataLimit { get; init; } = int.MaxValue;

    /// <summary>What approximate passes may cost, where there are data to measure it; null for whatever they do.</summary>
    public QualityGates? Gates { get; init; } = new();

    public ReadOptions Read { get; init; } = ReadOptions.Default;
    public WriteOptions Write { get; init; } = WriteOptions.Default;

    /// <summary>Runs the result beside the original on seeded inputs before it is put in place.</summary>
    public bool Check { get; init; } = true;

    /// <summary>A mismatch is an error instead of a rewrite taken back and a warning.</summary>
    public bool Strict { get; init; }

    /// <summary>Time for one run of a model in the check, and, tenfold, for finding the rewrite that broke it.</summary>
    public TimeSpan CheckBudget { get; init; } = TimeSpan.FromSeconds(30);

    public ulong Seed { get; init; }

    /// <summary>Shapes for the check where a model leaves them open: <c>name:1,3,224,224</c> or <c>symbol=8</c>.</summary>
    public Runtime.ShapeOverrides Shapes { get; init; } = Runtime.ShapeOverrides.None;

    /// <summary>Changes after which nothing more is changed.</summary>
    public long StopAfter { get; init; } = long.MaxValue;

    public string? ExplainRule { get; init; }

    /// <summary>Called after each pass that changed the model.</summary>
    public Action<PassDump>? Dump { get; init; }

    /// <summary>The one pass after which to dump; null for every pass.</summary>
    public string? DumpAfter { get; init; }

    /// <summary>Transforms and checks, but puts nothing in place; the reports of the passes have every change.</summary>
    public bool DryRun { get; init; }
}
