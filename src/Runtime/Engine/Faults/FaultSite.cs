using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// A tensor that lies in faulty memory, and the layer that reads or makes it. Of activations <paramref name="ElementCount"/> is that of all samples
/// together.
/// </summary>
public record FaultSite(string Name, string Layer, ElementType Element, long ElementCount)
{
    public long Bits => ElementCount * Element.BitWidth();
}
