using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>A model to run: a file, or bytes in memory.</summary>
public sealed class ModelSource
{
    readonly string? path;
    readonly ReadOnlyMemory<byte> bytes;

    ModelSource(string? path, ReadOnlyMemory<byte> bytes) => (this.path, this.bytes) = (path, bytes);

    public static ModelSource File(string path) => new(path, default);

    public static ModelSource Bytes(ReadOnlyMemory<byte> bytes) => new(null, bytes);

    /// <summary>Opens a session; the caller disposes it.</summary>
    public Result<OrtModel> Load(SessionSettings? settings = null) =>
        path is not null ? OrtModel.Load(path, settings) : OrtModel.Load(bytes, settings);

    /// <summary>Reads the model into the IR, anew each time.</summary>
    public Result<Model> Read() => path is not null ? ModelReader.Read(path) : ModelReader.Read(bytes);

    public override string ToString() => path ?? "<memory>";
}
