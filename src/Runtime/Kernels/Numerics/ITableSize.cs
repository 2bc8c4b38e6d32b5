namespace Onnxc.Kernels.Numerics;

/// <summary>How many entries tables have at most, known when code is compiled.</summary>
interface ITableSize
{
    static abstract int Most { get; }

    readonly struct Upto8 : ITableSize
    {
        public static int Most => 8;
    }

    readonly struct Upto16 : ITableSize
    {
        public static int Most => 16;
    }

    readonly struct Upto32 : ITableSize
    {
        public static int Most => 32;
    }

    readonly struct Any : ITableSize
    {
        public static int Most => int.MaxValue;
    }
}
