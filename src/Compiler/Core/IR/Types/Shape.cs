using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>Extents of a tensor whose rank is known. An unknown rank is a null <see cref="Shape"/>.</summary>
public sealed class Shape : IEquatable<Shape>
{
    public static readonly Shape Scalar = new(ImmutableArray<Dim>.Empty);

    public Shape(ImmutableArray<Dim> dims) => Dims = dims;

    public Shape(IEnumerable<long> extents) : this([.. extents.Select(Dim.Fixed)]) { }

    public ImmutableArray<Dim> Dims { get; }
    public int Rank => Dims.Length;
    public Dim this[int axis] => Dims[axis];
    public bool IsStatic => Dims.All(d => d.IsFixed);

    /// <summary>Number of elements when every extent is fixed and the product fits; otherwise null.</summary>
    public long? ElementCount
    {
        get
        {
            long count = 1;
            foreach (var dim in Dims)
            {
                if (!dim.IsFixed || dim.Extent < 0) return null;
                if (Math.BigMul(count, dim.Extent) is var wide && (wide > long.MaxValue)) return null;
                count *= dim.Extent;
            }
            return count;
        }
    }

    public bool IsCompatibleWith(Shape other) =>
        Rank == other.Rank && Dims.Zip(other.Dims, (a, b) => a.IsCompatibleWith(b)).All(x => x);

    public bool Equals(Shape? other) => other is not null && Dims.AsSpan().SequenceEqual(other.Dims.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Shape);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var dim in Dims) hash.Add(dim);
        return hash.ToHashCode();
    }

    public override string ToString() => $"[{string.Join(",", Dims)}]";
}
