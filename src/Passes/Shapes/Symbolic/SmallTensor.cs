using System.Collections.Immutable;
using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>An integer or truth tensor of rank 0 or 1 whose elements are expressions.</summary>
sealed record SmallTensor(ElementType Element, bool IsScalar, ImmutableArray<SymbolicInt> Elements)
{
    public const int MostElements = 64;

    public int Length => Elements.Length;

    /// <summary>The elements when each is the same in every run.</summary>
    public long[]? Constants
    {
        get
        {
            var values = new long[Length];
            for (var i = 0; i < values.Length; i++)
            {
                if (Elements[i].Constant is not { } value) return null;
                values[i] = value;
            }
            return values;
        }
    }

    public static bool Supports(ElementType? element) => element is ElementType.Int64 or ElementType.Int32 or ElementType.Bool;

    /// <summary>Null when the tensor is too large or of another kind.</summary>
    public static SmallTensor? Of(TensorData data)
    {
        if (data is SparseTensor || !Supports(data.Element) || data.Dims.Length > 1 || data.ElementCount > MostElements) return null;
        long[] values = data.Element switch
        {
            ElementType.Int64 => data.ToArray<long>(),
            ElementType.Int32 => [.. data.ToArray<int>().Select(v => (long)v)],
            _ => [.. data.Bytes.ToArray().Select(v => v == 0 ? 0L : 1L)],
        };
        return new(data.Element, data.Dims.IsEmpty, [.. values.Select(SymbolicInt.Of)]);
    }

    /// <summary>The tensor as data; null when an element is not known or does not fit.</summary>
    public TensorData? ToData()
    {
        if (Constants is not { } values) return null;
        long[] dims = IsScalar ? [] : [Length];
        return Element switch
        {
            ElementType.Int64 => TensorData.Of<long>(Element, dims, values),
            ElementType.Int32 when values.All(v => v is >= int.MinValue and <= int.MaxValue) =>
                TensorData.Of<int>(Element, dims, [.. values.Select(v => (int)v)]),
            ElementType.Bool => TensorData.Of<byte>(Element, dims, [.. values.Select(v => (byte)(v == 0 ? 0 : 1))]),
            _ => null,
        };
    }

    /// <summary>Equal for tensors that are equal in every run.</summary>
    public string Key => $"{Element} {(IsScalar ? "scalar" : "vector")} {string.Join(", ", Elements)}";
}
