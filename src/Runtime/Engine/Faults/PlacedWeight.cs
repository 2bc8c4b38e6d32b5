using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// A <see cref="FaultWeight"/> in the layout in which a session reads it, under the name that it has there. <paramref name="Places"/> says for each of
/// its elements where in <paramref name="Data"/> it is; null when all are where they were.
/// </summary>
sealed record PlacedWeight(string Name, TensorData Data, int[]? Places)
{
    public long PlaceOf(long element) => Places is null ? element : Places[element];
}
