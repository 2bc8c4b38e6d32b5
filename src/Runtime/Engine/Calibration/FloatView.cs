using System.Runtime.InteropServices;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Elements of any floating-point type as floats, in place where they are floats already.</summary>
static class FloatView
{
    public static ReadOnlySpan<float> Of(ElementType element, ReadOnlySpan<byte> bytes)
    {
        if (element == ElementType.Float) return MemoryMarshal.Cast<byte, float>(bytes);
        if (!FloatingType.CanRead(element)) throw new NotSupportedException($"a tensor of {element.Name()} is not observed");
        var numbers = new float[bytes.Length * 8 / element.BitWidth()];
        FloatingType.Read(element, bytes, numbers);
        return numbers;
    }
}
