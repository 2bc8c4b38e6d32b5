using Onnxc.IR;

namespace Onnxc.Passes.Shapes.Symbolic;

/// <summary>Types that shape arithmetic tells and inference does not, which gives up where a shape is computed from extents.</summary>
static class SymbolicTypes
{
    /// <summary>Gives inferred types ranks and fixed extents that they lack. What the file states stays.</summary>
    public static void Refine(Model model)
    {
        var analysis = new ShapeAnalysis(model);
        foreach (var value in model.AllNodes().SelectMany(n => n.Outputs))
        {
            if (!value.TypeIsInferred || value.TensorType is not { } type || analysis.ShapeOf(value) is not { } extents) continue;
            if (type.Shape is { } known && known.Rank != extents.Length) continue;
            var dims = extents.Select((e, axis) => e.Constant is { } extent ? Dim.Fixed(extent) : type.Shape?[axis] ?? Dim.Unknown);
            var shape = new Shape([.. dims]);
            if (type.Shape is null || type.Shape.IsCompatibleWith(shape)) value.SetType(type with { Shape = shape }, inferred: true);
        }
    }
}
