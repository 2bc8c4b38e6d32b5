using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>What a file says of a graph beyond the IR: kept by the reader, so that the writer gives it back field for field.</summary>
sealed class GraphOrigin
{
    /// <summary>The message without the fields that the IR owns; unknown fields included. Null for function bodies.</summary>
    public GraphProto? Skeleton { get; init; }

    public Dictionary<Value, ValueInfoProto> Inputs { get; } = [];

    /// <summary>Declarations of the outputs by slot name: the interface, which passes do not change.</summary>
    public Dictionary<string, ValueInfoProto> Outputs { get; } = new(StringComparer.Ordinal);

    /// <summary>Entries of <c>value_info</c> in order; the value is null when the entry names nothing of this graph.</summary>
    public List<(Value? Value, ValueInfoProto Info)> Infos { get; } = [];

    /// <summary>Annotations that name nothing of this graph.</summary>
    public List<(QuantizationAnnotation? Annotation, TensorAnnotation Proto)> Annotations { get; } = [];

    /// <summary>Revision of the graph when it had just been read: entries that name nothing are dropped once it has changed.</summary>
    public long Revision { get; set; }
}
