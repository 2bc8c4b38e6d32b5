namespace Onnxc.Runtime;

/// <summary>How far ONNX Runtime rewrites a graph before it runs it.</summary>
public enum OptimizationLevel
{
    Disabled,
    Basic,
    Extended,
    All,
}
