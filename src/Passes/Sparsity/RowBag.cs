using Onnxc.IR;

namespace Onnxc.Passes.Sparsity;

/// <summary>A weighted sum of rows that the nodes of a model compute in another way.</summary>
/// <param name="Indices">Which rows, [.., K].</param>
/// <param name="Target">The node that makes the sum.</param>
/// <param name="Nodes">What is not needed behind it: the target, and what is between that and where it begins.</param>
/// <param name="Write">Makes the value that takes the place of the target's, from the indices in 64 bits.</param>
sealed record RowBag(Value Indices, Node Target, IReadOnlyCollection<Node> Nodes, Func<GraphBuilder, Value, Value> Write);
