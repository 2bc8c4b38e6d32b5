using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class TensorReaderTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-tensors-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Write(string header, byte[] data, ulong? length = null)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var bytes = new byte[sizeof(ulong) + text.Length + data.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length ?? (ulong)text.Length);
        text.CopyTo(bytes, sizeof(ulong));
        data.CopyTo(bytes, sizeof(ulong) + text.Length);
        var path = Path.Combine(folder, "w.safetensors");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    [Fact]
    public void Tensors_are_read_by_name_shape_and_place()
    {
        var data = MemoryMarshal.AsBytes<float>([1, 2, 3, 4]).ToArray();
        var path = Write("""{"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[3],"data_offsets":[4,16]},"n":{"dtype":"I64","shape":[0],"data_offsets":[0,0]}}""", data);
        var (name, tensor) = Assert.Single(new TensorReader().Read(path).OrThrow());
        Assert.Equal("x", name);
        Assert.True(tensor.ContentEquals(TensorData.Floats([2, 3, 4])));
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}}""", null)]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", null)]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", null)]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", null)]
    [InlineData("""{"x":{"dtype":"F32"}}""", null)]
    [InlineData("""{"x":""", null)]
    [InlineData("{}", 1000ul)]
    [InlineData("{}", ulong.MaxValue)]
    public void A_broken_file_is_refused(string header, ulong? length)
    {
        var read = new TensorReader().Read(Write(header, new byte[16], length));
        Assert.False(read.IsOk);
        Assert.Contains("w.safetensors", read.Diagnostics[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_named() => Assert.Contains("none.safetensors", new TensorReader().Read(Path.Combine(folder, "none.safetensors")).Diagnostics[0].Message, StringComparison.Ordinal);

    [Fact]
    public void Archives_are_read_too()
    {
        var path = Path.Combine(folder, "w.npz");
        NpzFile.Write(path, [KeyValuePair.Create("x", TensorData.Floats([1, 2]))]);
        Assert.True(new TensorReader().Read(path).OrThrow()["x"].ContentEquals(TensorData.Floats([1, 2])));
    }
}
