using System.Collections.Immutable;

namespace Onnxc.Runtime;

/// <summary>How a model is loaded.</summary>
public sealed record SessionSettings
{
    public static readonly SessionSettings Default = new();

    /// <summary>The model as it is written: for inference of types, evaluation and comparison of single layers.</summary>
    public static readonly SessionSettings Unoptimized = new() { Optimization = OptimizationLevel.Disabled };

    public OptimizationLevel Optimization { get; init; } = OptimizationLevel.All;

    /// <summary>
    /// Threads of one operator; 0 takes all cores. One is the default since several split reductions, so that results would depend on the machine.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>Where ONNX Runtime writes the model as it optimised it; null to write none.</summary>
    public string? OptimizedModelPath { get; init; }

    /// <summary>Where ONNX Runtime writes the times of nodes when the session ends, followed by a time and <c>.json</c>; null to write none.</summary>
    public string? ProfilePrefix { get; init; }

    public ExecutionProvider Provider { get; init; } = ExecutionProvider.Cpu;

    /// <summary>Paths of libraries that export <c>RegisterCustomOps</c>.</summary>
    public ImmutableArray<string> CustomOpLibraries { get; init; } = [];

    /// <summary>Registers kernels in process: gets the address of <c>OrtSessionOptions</c> and of <c>OrtApiBase</c>.</summary>
    public Action<nint, nint>? RegisterKernels { get; init; }

    /// <summary>With our kernels for the domain <c>ai.onnxc</c>, registered in process.</summary>
    public SessionSettings WithKernels() => this with { RegisterKernels = Kernels.KernelLibrary.Register };

    /// <summary>Initializers to read from memory of the caller; they replace those of the same name.</summary>
    public ImmutableSortedDictionary<string, WeightBuffer> Weights { get; init; } =
        ImmutableSortedDictionary.Create<string, WeightBuffer>(StringComparer.Ordinal);

    /// <summary>Entries such as <c>session.disable_prepacking = 1</c>.</summary>
    public ImmutableSortedDictionary<string, string> Config { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    public SessionSettings With(string key, string value) => this with { Config = Config.SetItem(key, value) };
}
