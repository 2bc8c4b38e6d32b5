namespace Onnxc.Pipelines;

/// <summary>What a condition looks at.</summary>
public enum Subject
{
    /// <summary>Operator: <c>Conv</c>, <c>com.microsoft.Gelu</c>.</summary>
    Op,

    /// <summary>Name of the node; operator and first output, <c>Conv(y)</c>, where the file gives none.</summary>
    Name,

    /// <summary>Elements of the node's constant inputs.</summary>
    Params,

    /// <summary>Element type of the first output, or else of the first input whose type is known.</summary>
    Dtype,

    /// <summary>Nesting depth of the node's graph: 0 for main graphs and function bodies.</summary>
    Depth,

    /// <summary>Path of the node's graph and what stands before the last <c>/</c> of the node's name: <c>main/encoder/layer.0</c>.</summary>
    Scope,
}
