using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>Infers types and shapes. Implemented by the runtime engine.</summary>
public interface ITypeInference
{
    /// <summary>
    /// Sets the type of every value of the main graph, and of subgraphs where their captures are typed, that can be inferred (marked as
    /// inferred). Returns the reason when nothing could be inferred, otherwise null.
    /// </summary>
    string? Infer(Model model);
}
