using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>
/// <c>Resize</c> before version 11 has no attributes for what ONNX Runtime does: coordinates are scaled and nothing else, and of two neighbours
/// the nearest mode takes the lower one where an axis grows, the upper one where it shrinks.
/// </summary>
static class ResizeAdapters
{
    public static Blocker? AgainstCoordinates(Node node)
    {
        if (node.IsParameter("mode")) return Blocker.Parameter("mode");
        if (!IsNearest(node)) return null;
        if (Scales(node) is not { } scales)
            return new("its scales are not known, and growing rounds another way than shrinking", "run `fold-constants` first, or make the scales a constant");
        return Array.Exists(scales, s => s < 1) && Array.Exists(scales, s => s > 1)
            ? new("it grows along one axis and shrinks along another, which rounds two ways", "split it into two, one for each direction")
            : null;
    }

    public static void StateCoordinates(Node node)
    {
        var scales = node.Input(1);
        node.SetInput(1, node.Before().Constant(TensorData.Floats([])));
        node.AddInput(scales);
        node.SetAttribute("coordinate_transformation_mode", "asymmetric");
        // An `Upsample`, whose scales need not be known, only grows.
        if (IsNearest(node)) node.SetAttribute("nearest_mode", scales?.Constant is { } data && Array.Exists(data.ToArray<float>(), s => s < 1) ? "ceil" : "floor");
    }

    public static Blocker? AgainstMode(Node node) =>
        node.IsParameter("coordinate_transformation_mode") ? Blocker.Parameter("coordinate_transformation_mode")
        : node.Attributes.Text("coordinate_transformation_mode") != "tf_half_pixel_for_nn" ? null
        : new("its coordinates are `tf_half_pixel_for_nn`, which the standard has taken out", "export the model again with `half_pixel` coordinates");

    /// <summary>Since version 13 what is not needed is left out; before, an empty tensor stands there.</summary>
    public static void LeaveOutEmpty(Node node)
    {
        for (var slot = 1; slot <= 2; slot++)
        {
            if (node.Input(slot) is not { Constant.ElementCount: 0 } empty) continue;
            node.SetInput(slot, null);
            if (empty.HasUses) continue;
            if (empty.IsInitializer) empty.Graph.RemoveInitializer(empty);
            else empty.Graph.RemoveNode(empty.Producer!);
        }
    }

    static bool IsNearest(Node node) => (node.Attributes.Text("mode") ?? "nearest") == "nearest";

    static float[]? Scales(Node node) => node.Input(1)?.Constant is { Element: ElementType.Float } data and not SparseTensor ? data.ToArray<float>() : null;
}
