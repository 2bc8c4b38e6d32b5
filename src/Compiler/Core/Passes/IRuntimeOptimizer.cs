using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>Optimises models as the runtime does when it loads them. Implemented by the runtime engine.</summary>
public interface IRuntimeOptimizer
{
    /// <summary>The model as the runtime would run it, in a model of its own: <paramref name="model"/> is not changed.</summary>
    RuntimeOptimization Optimize(Model model);
}
