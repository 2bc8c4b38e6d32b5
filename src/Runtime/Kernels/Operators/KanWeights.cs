using System.Runtime.CompilerServices;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// Weights of a layer as the product of local functions wants them: of every input, vector of columns by vector of columns, those of the functions one behind the
/// other, so that the weights of four neighbours are one piece of memory. Rows of zeros before and behind stand for functions that do not exist.
/// </summary>
sealed unsafe class KanWeights
{
    const int Around = KanFunctions.LocalTerms - 1;
    const int Line = 64;

    readonly float[] numbers;
    readonly float* start;

    public KanWeights(float* weights, int inputs, int terms, int columns, bool hasBase)
    {
        var lanes = Width.Count;
        Columns = (columns + lanes - 1) / lanes * lanes;
        Rows = terms + 2 * Around;
        var all = (long)inputs * Rows * Columns;
        numbers = GC.AllocateArray<float>(checked((int)(all + (hasBase ? inputs * Columns : 0) + Line / sizeof(float))), pinned: true);
        // Vectors that lie across two lines of the cache take twice as long.
        start = (float*)(((nint)Unsafe.AsPointer(ref numbers[0]) + Line - 1) / Line * Line);
        Base = start + all;
        for (var i = 0; i < inputs; i++)
        {
            for (var m = 0; m < terms; m++, weights += columns)
                for (var c = 0; c < columns; c++) Of(i)[(long)(c / lanes * Rows + Around + m) * lanes + c % lanes] = weights[c];
            if (!hasBase) continue;
            new ReadOnlySpan<float>(weights, columns).CopyTo(new(Base + (long)i * Columns, columns));
            weights += columns;
        }
    }

    /// <summary>In whole vectors.</summary>
    public int Columns { get; }

    /// <summary>Vectors of one input that lie behind each other for one vector of columns.</summary>
    public int Rows { get; }

    /// <summary>[inputs, columns], of the base.</summary>
    public float* Base { get; }

    /// <summary>Of the functions of one input.</summary>
    public float* Of(int input) => start + (long)input * Rows * Columns;
}
