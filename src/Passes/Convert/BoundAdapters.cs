using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>Attributes of the data's own type that became inputs: bounds of <c>Clip</c>, amounts and filling of <c>Pad</c>.</summary>
static class BoundAdapters
{
    public static Blocker? AgainstClip(Node node) =>
        node.IsParameter("min") ? Blocker.Parameter("min")
        : node.IsParameter("max") ? Blocker.Parameter("max")
        : IsScalarType(node) ? null
        : Blocker.UnknownType;

    public static void Clip(Node node)
    {
        // Bounds left out were those of `float`, whatever the type.
        var (element, isFloat) = (node.Input(0)!.ElementType!.Value, node.Input(0)!.ElementType == ElementType.Float);
        var min = node.Attributes.Float("min") ?? (isFloat ? null : float.MinValue);
        var max = node.Attributes.Float("max") ?? (isFloat ? null : float.MaxValue);
        node.RemoveAttribute("min");
        node.RemoveAttribute("max");
        if (min is null && max is null) return;
        node.AddInput(min is { } low ? node.Before().Constant(NodeEditing.Scalar(element, low)!) : null);
        if (max is { } high) node.AddInput(node.Before().Constant(NodeEditing.Scalar(element, high)!));
    }

    public static Blocker? AgainstPad(Node node)
    {
        foreach (var attribute in (string[])["pads", "paddings", "value", "mode"])
            if (node.IsParameter(attribute)) return Blocker.Parameter(attribute);
        return Filling(node) == 0 || IsScalarType(node) ? null : Blocker.UnknownType;
    }

    public static void Pad(Node node)
    {
        var filling = Filling(node);
        node.RemoveAttribute("value");
        node.AddInput(node.TakeOff("pads"));
        if (filling != 0) node.AddInput(node.Before().Constant(NodeEditing.Scalar(node.Input(0)!.ElementType!.Value, filling)!));
    }

    static float Filling(Node pad) => (pad.Attributes.Text("mode") ?? "constant") == "constant" ? pad.Attributes.Float("value") ?? 0 : 0;

    static bool IsScalarType(Node node) => node.Input(0)?.ElementType is { } element && NodeEditing.Scalar(element, 0) is not null;
}
