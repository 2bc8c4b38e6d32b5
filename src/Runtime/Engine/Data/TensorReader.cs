using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes;

namespace Onnxc.Runtime;

/// <summary>Reads .npz and .safetensors files.</summary>
public sealed class TensorReader : ITensorReader
{
    public Result<IReadOnlyDictionary<string, TensorData>> Read(string path)
    {
        if (Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase)) return SafeTensors.Read(path);
        var archive = NpzFile.Read(path);
        return archive.IsOk ? Result<IReadOnlyDictionary<string, TensorData>>.Ok(archive.Value) : Result<IReadOnlyDictionary<string, TensorData>>.Fail(archive.Diagnostics);
    }
}
