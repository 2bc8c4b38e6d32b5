using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>Version 18 has a scale and a bias for each group, version 21 for each channel.</summary>
static class GroupNormalizationAdapter
{
    public static Blocker? Against(Node node) =>
        node.Attributes.Int("num_groups") is null ? Blocker.Parameter("num_groups")
        : node.Input(0)?.ElementType is null ? Blocker.UnknownType
        : null;

    public static void Convert(Node node)
    {
        var build = node.Before();
        var groups = build.Constant(TensorData.Int64s([node.Attributes.Int("num_groups") ?? 1]));
        var channels = build.Op("Shape", [node.Input(0)], ("start", 1), ("end", 2));
        var extents = build.Op("Concat", [groups, build.Op("Div", [channels, groups])], ("axis", 0));
        var (last, all) = (build.Constant(TensorData.Int64s([1])), build.Constant(TensorData.Int64s([-1])));
        for (var slot = 1; slot <= 2; slot++)
        {
            var spread = build.Op("Expand", [build.Op("Unsqueeze", [node.Input(slot), last]), extents]);
            node.SetInput(slot, build.Op("Reshape", [spread, all]));
        }
        // Version 18 computes in the data's own type, version 21 in `float` unless told otherwise.
        if (node.Input(0)!.ElementType is { } element and not ElementType.Float) node.SetAttribute("stash_type", (long)element);
    }
}
