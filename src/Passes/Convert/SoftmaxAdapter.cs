using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>
/// Before version 13 everything from <c>axis</c> on was one axis:
/// <c>Softmax(x, axis) -> Reshape(Softmax(Flatten(x, axis), -1), Shape(x))</c>, or just another spelling where that is the last axis.
/// </summary>
static class SoftmaxAdapter
{
    public static void Convert(Node node)
    {
        var axis = node.Attributes["axis"] ?? 1;
        if (axis is IntAttribute { Value: var number } && (number == -1 || number + 1 == node.Input(0)?.Shape?.Rank))
        {
            node.SetAttribute("axis", -1);
            return;
        }
        var (build, x) = (node.Before(), node.Input(0));
        var flat = build.Op("Flatten", [x], ("axis", axis));
        var result = build.Op(node.Op.Name, [flat], ("axis", -1));
        node.ReplaceBy("Reshape", [result, build.Op("Shape", [x])]);
    }
}
