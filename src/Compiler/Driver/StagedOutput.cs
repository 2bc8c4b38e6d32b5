using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Serialization;

namespace Onnxc.Compilation;

/// <summary>The output that waits to be put in place; a repaired one may take its place.</summary>
sealed class StagedOutput(StagedModel staged) : IDisposable
{
    public StagedModel Staged { get; private set; } = staged;

    /// <summary>The model behind the output when it was exchanged.</summary>
    public Model? Model { get; private set; }

    /// <summary>The run that made the output when it was exchanged.</summary>
    public PassRun? Run { get; private set; }

    public void Replace(Rebuilt rebuilt)
    {
        Staged.Dispose();
        (Staged, Model, Run) = (rebuilt.Staged, rebuilt.Model, rebuilt.Run);
    }

    public void Dispose() => Staged.Dispose();
}
