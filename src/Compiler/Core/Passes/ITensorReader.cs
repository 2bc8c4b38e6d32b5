using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Passes;

/// <summary>Reads files of named tensors that options name: .npz and .safetensors.</summary>
public interface ITensorReader
{
    /// <summary>The tensors of a file; fails when it is missing or broken.</summary>
    Result<IReadOnlyDictionary<string, TensorData>> Read(string path);
}
