using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>What a file says beyond the IR; training graphs are kept as they are, with the raw data that was left out of them.</summary>
sealed record ModelOrigin(ModelProto Skeleton, TrainingInfoPayloads Training);
