namespace Onnxc.Serialization;

/// <summary>Messages on the way from a model to the raw data of its tensors.</summary>
enum MessageKind
{
    Other,
    Model,
    Training,
    Graph,
    Function,
    Node,
    Attribute,
    Sparse,
    Tensor,
}
