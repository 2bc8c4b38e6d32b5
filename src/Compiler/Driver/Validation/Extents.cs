using Onnxc.IR;
using Onnxc.Runtime;

namespace Onnxc.Compilation.Validation;

/// <summary>Gives symbols small extents, the same symbol the same one wherever it stands.</summary>
sealed class Extents(Func<int, int, long> choose, ShapeOverrides overrides)
{
    // Different extents tell a transposed result from a right one, but symbols of different names often mean the same.
    static readonly Func<int, int, long>[] Choices = [(axis, index) => axis == 0 ? 2 : 5 + index, (axis, _) => axis == 0 ? 2 : 8, (_, _) => 1];

    /// <summary>The first assignment.</summary>
    public Extents(ShapeOverrides overrides) : this(Choices[0], overrides) { }

    readonly Dictionary<string, long> chosen = new(StringComparer.Ordinal);

    /// <summary>Assignments to be tried in turn; one is enough where nothing is free.</summary>
    public static IEnumerable<Extents> All(ShapeOverrides overrides) => Choices.Select(c => new Extents(c, overrides));

    /// <summary>True once an extent had to be chosen, so that another assignment would make a difference.</summary>
    public bool Chose => chosen.Count > 0;

    /// <summary>The type with all extents fixed, or null where one is unknown.</summary>
    public TensorType? Fix(Value value, IR.ValueType? type)
    {
        if (type is not TensorType { Shape: { } shape } tensor || tensor.Element == ElementType.Undefined) return null;
        var dims = new long[shape.Rank];
        for (var axis = 0; axis < dims.Length; axis++)
        {
            // A free extent of an input is a symbol of its own; elsewhere it depends on something.
            var symbol = shape[axis].Symbol ?? (value.IsGraphInput ? FormattableString.Invariant($"{value.Name}\0{axis}") : null);
            if (shape[axis].IsFixed) dims[axis] = shape[axis].Extent;
            else if (symbol is null) return null;
            else dims[axis] = ExtentOf(symbol, axis);
        }
        return TensorData.CountElements(dims) is null ? null : new TensorType(tensor.Element, new Shape(dims));
    }

    long ExtentOf(string symbol, int axis)
    {
        if (overrides.Symbols.TryGetValue(symbol, out var given)) return given;
        if (!chosen.TryGetValue(symbol, out var extent)) chosen[symbol] = extent = choose(axis, chosen.Count);
        return extent;
    }
}
