using Onnxc.IR;

namespace Onnxc.Passes.Experts;

/// <summary>Numbers of the tokens, or of their slots, at which a mask is set: a row of <c>NonZero</c>, however it was picked and shaped.</summary>
static class TokenSelection
{
    const int MostNodes = 8;

    /// <summary>The mask, and which of its axes is counted.</summary>
    public static (RoutingView Mask, RoutingAxis Axis, Node NonZero)? Of(Value? value)
    {
        for (var left = MostNodes; value?.Producer is { Op.IsStandard: true } node && left > 0; left--)
        {
            if (node.Op.Name is "Unsqueeze" or "Squeeze" or "Reshape" or "Cast" or "Identity" or "Expand" or "Flatten") value = node.Input(0);
            else return Row(node, value.OutputIndex);
        }
        return null;
    }

    /// <summary>The mask whose places a value lists, one in each row.</summary>
    public static (RoutingView Mask, Node NonZero)? Places(Value? value) =>
        value?.Producer is { } node && node.Op.Is("Transpose") && node.Attributes.Ints("perm") is null or [1, 0] && Mask(node.Input(0)) is { } places ? places : null;

    static (RoutingView, RoutingAxis, Node)? Row(Node node, int output)
    {
        var turned = Places(node.Input(0));
        if ((turned ?? Mask(node.Input(0))) is not var (mask, nonZero)) return null;
        var axis = node.Attributes.Int("axis", 0);
        if (axis != (turned is null ? 0 : 1) && axis != (turned is null ? -2 : -1)) return null;
        var row = node.Op.Name switch
        {
            "Gather" => RoutingView.Integer(node.Input(1)),
            "Split" => output,
            _ => null,
        };
        return row is { } index && index >= 0 && index < mask.Axes.Length ? (mask, mask.Axes[(int)index], nonZero) : null;
    }

    static (RoutingView, Node)? Mask(Value? value) =>
        value?.Producer is { } node && node.Op.Is("NonZero") && RoutingView.Of(node.Input(0)) is { Weights: null, Expert: not null } mask ? (mask, node) : null;
}
