using Onnxc.IR;

namespace Onnxc.Serialization;

/// <summary>Where a model is written to.</summary>
interface IByteSink
{
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Writes the packed elements of a tensor.</summary>
    void Write(TensorData data);
}
