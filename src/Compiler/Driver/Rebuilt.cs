using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Serialization;

namespace Onnxc.Compilation;

/// <summary>A model compiled again, with some changes left out, and written beside the target.</summary>
sealed record Rebuilt(Model Model, StagedModel Staged, PassRun Run, Numerics Numerics) : IDisposable
{
    public void Dispose() => Staged.Dispose();
}
