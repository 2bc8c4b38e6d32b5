using System.Collections;

namespace Onnxc.IR;

/// <summary>
/// Nodes of a graph in order. Safe to edit while enumerating: a removed node is skipped, a node inserted behind the current one is
/// visited, one inserted before it is not.
/// </summary>
public sealed class NodeList : IReadOnlyCollection<Node>
{
    public int Count { get; private set; }

    public Node? First { get; private set; }

    public Node? Last { get; private set; }

    public IEnumerator<Node> GetEnumerator()
    {
        var node = First;
        while (node is not null)
        {
            yield return node;
            node = node.NextNode;
            // Removed nodes keep their forward link, so a walk that stands on one finds its way back.
            while (node is { IsRemoved: true }) node = node.NextNode;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Insert(Node node, Node? before)
    {
        var previous = before is null ? Last : before.PreviousNode;
        (node.PreviousNode, node.NextNode) = (previous, before);
        if (previous is null) First = node;
        else previous.NextNode = node;
        if (before is null) Last = node;
        else before.PreviousNode = node;
        Count++;
    }

    internal void Remove(Node node)
    {
        if (node.PreviousNode is null) First = node.NextNode;
        else node.PreviousNode.NextNode = node.NextNode;
        if (node.NextNode is null) Last = node.PreviousNode;
        else node.NextNode.PreviousNode = node.PreviousNode;
        node.IsRemoved = true;
        Count--;
    }

    internal void Reorder(IReadOnlyList<Node> order)
    {
        Node? previous = null;
        First = order.Count > 0 ? order[0] : null;
        foreach (var node in order)
        {
            node.PreviousNode = previous;
            node.NextNode = null;
            if (previous is not null) previous.NextNode = node;
            previous = node;
        }
        Last = previous;
    }
}
