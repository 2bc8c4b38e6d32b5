using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class ValueFileTests
{
    static readonly ValueType Tensor = new TensorType(ElementType.Float, null);
    static readonly byte[] One = TensorFile.Write(TensorData.Floats([1]));

    static byte[] Field(int number, byte[] payload) => [(byte)(number << 3 | 2), (byte)payload.Length, .. payload];

    [Fact]
    public void Sequences_optionals_and_maps_are_read()
    {
        var sequence = (SequenceValue)ValueFile.Read((byte[])[.. Field(1, [65]), 0x10, 1, .. Field(3, One), .. Field(3, One)], new SequenceType(Tensor), "f").OrThrow();
        Assert.Equal(2, sequence.Items.Length);
        var some = ValueFile.Read((byte[])[0x10, 1, .. Field(3, One)], new OptionalType(Tensor), "f").OrThrow();
        Assert.Equal([1f], ((TensorValue)some).Data.ToArray<float>());
        Assert.IsType<NoneValue>(ValueFile.Read((byte[])[0x10, 0], new OptionalType(Tensor), "f").OrThrow());
        var map = (MapValue)ValueFile.Read((byte[])[0x10, 7, .. Field(3, [5, 0xAC, 2]), .. Field(5, Field(3, One))], new MapType(ElementType.Int64, Tensor), "f").OrThrow();
        Assert.Equal([5L, 300L], map.Keys.ToArray<long>());
    }

    [Theory]
    [InlineData(new byte[] { 0x1A, 0x05, 0x00 })]
    [InlineData(new byte[] { 0x1A })]
    [InlineData(new byte[] { 0x1B, 0x00 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    public void Damaged_files_have_a_code(byte[] bytes) =>
        Assert.Equal(Descriptors.MalformedTestData, ValueFile.Read(bytes, new SequenceType(Tensor), "f").Diagnostics[0].Descriptor);

    [Fact]
    public void Nesting_is_bounded()
    {
        var bytes = Array.Empty<byte>();
        for (var i = 0; i < 30; i++) bytes = Field(5, bytes);
        Assert.Equal(Descriptors.MalformedTestData, ValueFile.Read(bytes, new SequenceType(Tensor), "f").Diagnostics[0].Descriptor);
    }
}
