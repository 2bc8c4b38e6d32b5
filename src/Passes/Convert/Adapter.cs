using Onnxc.IR;

namespace Onnxc.Passes.Convert;

/// <summary>
/// Carries a node over one version of its operator. <paramref name="Convert"/> is only called where <paramref name="Against"/>, asked before
/// anything is changed, and so perhaps for a node that is several versions older, knows no reason against it. Nodes that it makes are of the
/// version that it leads to; later versions are other adapters' work.
/// </summary>
sealed record Adapter(Action<Node> Convert, Func<Node, Blocker?>? Against = null);
