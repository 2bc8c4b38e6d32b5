using Google.Protobuf;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>Single tensors as files: the <c>.pb</c> files of ONNX test data.</summary>
public static class TensorFile
{
    /// <summary>Reads one serialized tensor.</summary>
    public static Result<TensorData> Read(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var proto = TensorProto.Parser.ParseFrom(bytes.Span);
            return Result<TensorData>.Ok(new TensorReader(new ByteSource.Memory(bytes), [], new ExternalDataResolver(null), ReadOptions.Default).Read(proto));
        }
        catch (DiagnosticException e)
        {
            return Result<TensorData>.Fail(e.Diagnostic);
        }
        catch (InvalidProtocolBufferException e)
        {
            return Result<TensorData>.Fail(Diagnostic.Create(Descriptors.MalformedFile, null, e.Message));
        }
    }

    /// <summary>Serializes a tensor, its data as raw data.</summary>
    public static byte[] Write(TensorData data, string name = "")
    {
        var proto = new TensorProto { Name = name, DataType = (int)data.Element, Dims = { data.Dims } };
        if (data is StringTensor strings) proto.StringData.AddRange(strings.Values.Select(v => ByteString.CopyFrom(v)));
        else proto.RawData = ByteString.CopyFrom(data.Bytes);
        return proto.ToByteArray();
    }

    /// <summary>Name stored in a serialized tensor; empty when there is none.</summary>
    public static string NameOf(ReadOnlySpan<byte> bytes) => TensorProto.Parser.ParseFrom(bytes).Name;
}
