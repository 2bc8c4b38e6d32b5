namespace Onnxc.Kernels.Numerics;

/// <summary>How codes of weights lie in bytes.</summary>
unsafe interface ICodes
{
    static abstract int Bits { get; }

    /// <summary>Twice as many codes as lanes, as numbers.</summary>
    static abstract (T First, T Second) Load<T>(byte* from) where T : struct, ILanes<T>;

    /// <summary>One code of a row.</summary>
    static abstract int At(byte* row, int place);
}
