using Onnxc.IR;

namespace Onnxc.Passes.Outline;

/// <summary>
/// The largest connected part of a repeat. As the run around it is convex and what is connected to it within the run belongs to it, it is
/// convex as well: a call can stand in its place.
/// </summary>
sealed class Block
{
    readonly NodeSequence nodes;
    readonly Repeat repeat;
    readonly HashSet<int> members;

    public Block(NodeSequence nodes, Repeat repeat)
    {
        (this.nodes, this.repeat) = (nodes, repeat);
        Offsets = LargestPart();
        members = [.. Offsets];
    }

    /// <summary>Members, counted from the start of a run.</summary>
    public IReadOnlyList<int> Offsets { get; }

    public IReadOnlyList<int> Starts => repeat.Starts;

    /// <summary>Nodes saved: one copy is left, and a call for each.</summary>
    public long Saving => ((Starts.Count - 1L) * Offsets.Count) - Starts.Count;

    public Node NodeAt(int occurrence, int offset) => nodes[repeat.Starts[occurrence] + offset];

    public IEnumerable<int> Positions(int occurrence) => Offsets.Select(o => repeat.Starts[occurrence] + o);

    /// <summary>Inputs of a member that members make.</summary>
    public IEnumerable<(int Slot, NodeSequence.Source Source)> Inside(int offset) =>
        nodes.Inside(repeat.Starts[0], repeat.Starts[0] + offset).Select(i => (i.Slot, i.Source with { Position = i.Source.Position - repeat.Starts[0] }));

    /// <summary>True when something besides the members of its own occurrence uses the value, in any occurrence.</summary>
    public bool IsUsedOutside(int offset, int output)
    {
        for (var i = 0; i < repeat.Starts.Count; i++)
            if (NodeAt(i, offset).Outputs[output].Uses.Any(u => !members.Contains(nodes.PositionOf(u) - repeat.Starts[i]))) return true;
        return false;
    }

    /// <summary>Values that flow into an occurrence, constants aside, and out of it.</summary>
    public long Crossing(int occurrence)
    {
        var flows = new HashSet<Value>();
        var start = repeat.Starts[occurrence];
        foreach (var offset in Offsets)
        {
            var node = nodes[start + offset];
            var inside = nodes.Inside(start, start + offset).Select(i => i.Slot).ToHashSet();
            for (var slot = 0; slot < node.InputCount; slot++)
                if (!inside.Contains(slot) && node.Input(slot) is { Constant: null } value) flows.Add(value);
            foreach (var value in node.Outputs)
                if (value.Uses.Any(u => !members.Contains(nodes.PositionOf(u) - start))) flows.Add(value);
        }
        return flows.Count;
    }

    int[] LargestPart()
    {
        var parent = Enumerable.Range(0, repeat.Length).ToArray();
        for (var offset = 0; offset < repeat.Length; offset++)
            foreach (var (_, source) in Inside(offset)) parent[Root(source.Position)] = Root(offset);
        return [.. Enumerable.Range(0, repeat.Length).GroupBy(Root).MaxBy(g => g.Count())!];

        int Root(int i)
        {
            while (parent[i] != i) i = parent[i] = parent[parent[i]];
            return i;
        }
    }
}
