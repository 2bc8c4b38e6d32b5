namespace Onnxc.Serialization;

/// <summary>How a model is written.</summary>
public sealed record WriteOptions
{
    public static WriteOptions Default { get; } = new();

    public ExternalDataMode ExternalData { get; init; } = ExternalDataMode.Auto;

    /// <summary>Weights of at least this many bytes may become external; smaller ones often feed shape inference, which reads them in place.</summary>
    public long ExternalThreshold { get; init; } = 1024;

    /// <summary>Most bytes of one file; protobuf's limit is 2 GiB.</summary>
    public long MaxFileBytes { get; init; } = int.MaxValue;
}
