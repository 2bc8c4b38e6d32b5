namespace Onnxc.Kernels.Numerics;

/// <summary>A function of one float, for any number of lanes.</summary>
interface IMap
{
    T Apply<T>(T x) where T : struct, ILanes<T>;
}
