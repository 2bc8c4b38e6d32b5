using Onnxc.Runtime;

namespace Onnxc.Benchmarks;

/// <summary>ONNX Runtime's own offline optimizer at its basic level, the peer that is always at hand.</summary>
static class RuntimeOptimizer
{
    /// <summary>Writes the optimised model; false when ONNX Runtime does not load it.</summary>
    public static bool TryOptimize(string path, string target)
    {
        var loaded = OrtModel.Load(path, new SessionSettings { Optimization = OptimizationLevel.Basic, OptimizedModelPath = target });
        loaded.Value?.Dispose();
        return loaded.IsOk;
    }
}
