using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>
/// A transformation. Stateless between runs: one instance may run on several models. It returns nothing; whether it changed the model is
/// measured by the model's revision.
/// </summary>
public abstract class Pass
{
    /// <summary>Transforms <paramref name="model"/> in place.</summary>
    public abstract void Run(Model model, PassContext cx);
}
