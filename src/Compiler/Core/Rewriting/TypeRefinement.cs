using Onnxc.IR;

namespace Onnxc.Rewriting;

/// <summary>Joins what two compatible types say about one value.</summary>
static class TypeRefinement
{
    /// <summary>Fixed extents win over symbols and unknowns, then <paramref name="preferred"/> wins.</summary>
    public static ValueType Merge(ValueType preferred, ValueType other)
    {
        if (preferred is not TensorType p || other is not TensorType o) return preferred;
        var element = p.Element == ElementType.Undefined ? o.Element : p.Element;
        if (p.Shape is null || o.Shape is null) return new TensorType(element, p.Shape ?? o.Shape);
        return new TensorType(element, new Shape([.. p.Shape.Dims.Zip(o.Shape.Dims, Merge)]));
    }

    static Dim Merge(Dim preferred, Dim other) => preferred.IsFixed || !(other.IsFixed || preferred.IsUnknown) ? preferred : other;
}
