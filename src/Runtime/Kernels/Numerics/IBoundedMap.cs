namespace Onnxc.Kernels.Numerics;

/// <summary>A function of elements and of numbers that spread over them, along a run on which those stand still or move element by element.</summary>
unsafe interface IBoundedMap
{
    void Run<T>(float* x, float* y, BoundedRun run) where T : struct, ILanes<T>;
}
