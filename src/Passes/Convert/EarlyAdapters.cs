using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>What the standard changed up to version 7, where that is a matter of form.</summary>
static class EarlyAdapters
{
    public static void RenamePaddings(Node node)
    {
        if (node.Attributes["paddings"] is not { } pads) return;
        node.RemoveAttribute("paddings");
        node.SetAttribute("pads", pads);
    }

    public static Blocker? AgainstSplitInput(Node node) => node.InputCount == 1 ? null
        : new("the lengths of its parts are an input", "make them an attribute");

    public static void SplitAxis(Node node)
    {
        if (!node.Attributes.Has("axis")) node.SetAttribute("axis", 0);
    }

    public static void ConcatAxis(Node node)
    {
        if (!node.Attributes.Has("axis")) node.SetAttribute("axis", 1);
    }

    public static void ReshapeShape(Node node)
    {
        node.RemoveAttribute("consumed_inputs");
        if (node.TakeOff("shape") is { } shape) node.AddInput(shape);
    }

    public static Blocker? AgainstCast(Node node) => TypeOf(node) is not null ? null
        : new("its type is no name of an element type", "write `to` in capitals, as `FLOAT`");

    public static void CastTo(Node node) => node.SetAttribute("to", (long)TypeOf(node)!.Value);

    static ElementType? TypeOf(Node cast) => cast.Attributes.Text("to") is { } name ? ElementTypes.Parse(name.ToLowerInvariant()) : null;

    public static Blocker? AgainstTraining(Node node) => node.Attributes.Int("is_test", 0) is not (0 or null) ? null
        : new("it is in training mode (`is_test`)", "export the model for inference");

    public static Blocker? AgainstSlope(Node node) => SlopeAxes(node) is not null ? null
        : new("it may have a slope for each channel, and the shapes of its inputs are not known", "declare the shapes of the model's inputs");

    /// <summary>A slope for each channel was a vector; since version 7 it is broadcast, and gets axes of extent one behind its own.</summary>
    public static void SpreadSlope(Node node)
    {
        if (SlopeAxes(node) is { Length: > 0 } axes) node.SetInput(1, node.Before().Op("Unsqueeze", [node.Input(1)], ("axes", axes)));
    }

    static long[]? SlopeAxes(Node node)
    {
        if (node.Input(1)?.Shape is not { } slope) return null;
        if (slope.Rank != 1 || slope.ElementCount == 1) return [];
        return node.Input(0)?.Shape is { } data ? [.. Enumerable.Range(1, Math.Max(0, data.Rank - 2)).Select(a => (long)a)] : null;
    }

    public static Blocker? AgainstBroadcast(Node node) =>
        node.IsParameter("broadcast") ? Blocker.Parameter("broadcast")
        : node.IsParameter("axis") ? Blocker.Parameter("axis")
        : Added(node) is null ? new("it broadcasts along `axis`, and the ranks of its inputs are not known", "declare the shapes of the model's inputs")
        : null;

    /// <summary>Since version 7 axes are matched from the last one; an operand for earlier axes gets axes of extent one behind its own.</summary>
    public static void Broadcast(Node node)
    {
        var added = Added(node)!.Value;
        node.RemoveAttribute("broadcast");
        node.RemoveAttribute("axis");
        if (added == 0) return;
        var rank = node.Input(1)!.Shape!.Rank;
        long[] axes = [.. Enumerable.Range(rank, added).Select(a => (long)a)];
        node.SetInput(1, node.Before().Op("Unsqueeze", [node.Input(1)], ("axes", axes)));
    }

    // How many axes the second operand needs; null when that is not known.
    static int? Added(Node node)
    {
        if (node.Attributes.Int("broadcast", 0) == 0 || node.Attributes.Int("axis") is not { } axis) return 0;
        if (node.Input(0)?.Shape is not { } left || node.Input(1)?.Shape is not { } right) return null;
        return (int)Math.Max(0, left.Rank - (axis < 0 ? axis + left.Rank : axis) - right.Rank);
    }
}
