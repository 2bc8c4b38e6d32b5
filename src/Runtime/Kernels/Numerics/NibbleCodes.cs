using System.Runtime.CompilerServices;

namespace Onnxc.Kernels.Numerics;

/// <summary>Codes of 4 bits, two to a byte, the low bits first.</summary>
readonly unsafe struct NibbleCodes : ICodes
{
    public static int Bits => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (T First, T Second) Load<T>(byte* from) where T : struct, ILanes<T> => T.LoadNibbles(from);

    public static int At(byte* row, int place) => row[place / 2] >> place % 2 * 4 & 15;
}
