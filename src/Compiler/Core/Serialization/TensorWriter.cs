using Google.Protobuf;
using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>
/// Turns <see cref="TensorData"/> into messages. A tensor that was read is written in the form it had; larger raw data is left to the
/// splicer or the external file.
/// </summary>
sealed class TensorWriter(ExternalLayout? external)
{
    readonly List<TensorData> payloads = [];

    /// <summary>Data that markers stand for, by index.</summary>
    public List<TensorData> Payloads => payloads;

    /// <summary>
    /// The message of a tensor. A null name leaves the name as it was read; only initializers may move to the external file, since
    /// ONNX Runtime reads tensors of attributes in place.
    /// </summary>
    public TensorProto Write(TensorData data, string? name, bool mayBeExternal)
    {
        var origin = data.Origin as TensorProto;
        var rename = name is not null && origin?.Name != name;
        if (mayBeExternal && external is not null && external.Wants(data)) return External(data, name, origin);
        if (origin is not null && !origin.HasRawData && origin.DataLocation != TensorProto.Types.DataLocation.External)
        {
            // Typed fields, or nothing at all: given back as they are.
            if (!rename) return origin;
            var renamed = origin.Clone();
            renamed.Name = name;
            return renamed;
        }
        var proto = Skeleton(data, name, origin);
        if (proto.DataLocation == TensorProto.Types.DataLocation.External)
        {
            proto.ClearDataLocation();
            proto.ExternalData.Clear();
        }
        if (data is StringTensor strings) proto.StringData.AddRange(strings.Values.Select(v => ByteString.CopyFrom(v)));
        else if (data.ByteLength >= RawDataMarker.Threshold) proto.RawData = Marker(data);
        else proto.RawData = ByteString.CopyFrom(data.Bytes);
        return proto;
    }

    public SparseTensorProto Write(SparseTensor data, string? name)
    {
        var proto = data.Origin is SparseTensorProto origin ? origin.Clone() : new SparseTensorProto { Dims = { data.Dims } };
        proto.Values = Write(data.Values, name, mayBeExternal: false);
        if (data.Indices is not null) proto.Indices = Write(data.Indices, null, mayBeExternal: false);
        return proto;
    }

    TensorProto External(TensorData data, string? name, TensorProto? origin)
    {
        var proto = Skeleton(data, name, origin);
        var others = proto.ExternalData.Where(e => e.Key is not ("location" or "offset" or "length")).ToList();
        proto.ClearRawData();
        proto.ExternalData.Clear();
        var (location, offset) = external!.Place(data);
        proto.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        proto.ExternalData.Add(Number("offset", offset));
        proto.ExternalData.Add(Number("length", data.ByteLength));
        proto.ExternalData.AddRange(others);
        proto.DataLocation = TensorProto.Types.DataLocation.External;
        return proto;
    }

    static StringStringEntryProto Number(string key, long value) =>
        new() { Key = key, Value = value.ToString(System.Globalization.CultureInfo.InvariantCulture) };

    static TensorProto Skeleton(TensorData data, string? name, TensorProto? origin)
    {
        TensorProto proto;
        if (origin is not null)
        {
            proto = origin.Clone();
        }
        else
        {
            proto = new TensorProto { DataType = (int)data.Element };
            proto.Dims.AddRange(data.Dims);
        }
        proto.FloatData.Clear();
        proto.Int32Data.Clear();
        proto.Int64Data.Clear();
        proto.DoubleData.Clear();
        proto.Uint64Data.Clear();
        proto.StringData.Clear();
        if (name is not null && (proto.Name != name || !proto.HasName)) proto.Name = name;
        return proto;
    }

    ByteString Marker(TensorData data)
    {
        payloads.Add(data);
        return ByteString.CopyFrom(RawDataMarker.Create(payloads.Count - 1));
    }
}
