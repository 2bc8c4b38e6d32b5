namespace Onnxc.Passes.Convert;

/// <summary>What a version of an operator changed for nodes of the version before it.</summary>
enum Change
{
    /// <summary>Nothing: types, attributes or inputs were added.</summary>
    None,

    /// <summary>Form or meaning.</summary>
    Incompatible,

    /// <summary>Nothing by the standard, but the order in which ONNX Runtime adds.</summary>
    Rounding,

    /// <summary>The operator is gone.</summary>
    Removed,
}
