using System.Runtime.CompilerServices;

namespace Onnxc.Kernels.Numerics;

/// <summary>Codes of 8 bits.</summary>
readonly unsafe struct ByteCodes : ICodes
{
    public static int Bits => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T First, T Second) Load<T>(byte* from) where T : struct, ILanes<T> => T.LoadBytes(from);

    public static int At(byte* row, int place) => row[place];
}
