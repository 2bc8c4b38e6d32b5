using System.IO.Compression;
using System.Text;
using CsCheck;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class NpzFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-npz").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static byte[] Npy(string header, byte[] data, byte version = 1)
    {
        var text = Encoding.Latin1.GetBytes(header + "\n");
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        return [0x93, .. "NUMPY"u8, version, 0, .. length, .. text, .. data];
    }

    static TensorData Parse(byte[] bytes) => NpyFormat.Read(new MemoryStream(bytes), bytes.Length, 1 << 20);

    [Fact]
    public void Both_orders_and_byte_orders_are_read()
    {
        var fortran = Parse(Npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }", [1, 0, 4, 0, 2, 0, 5, 0, 3, 0, 6, 0]));
        Assert.Equal([1, 2, 3, 4, 5, 6], fortran.ToArray<short>());
        var big = Parse(Npy("{'shape': (2,), 'fortran_order': False, 'descr': '>f4'}", [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0], version: 2));
        Assert.Equal([1f, -2f], big.ToArray<float>());
        Assert.Empty(Parse(Npy("{'descr': '|b1', 'fortran_order': False, 'shape': (), }", [2], version: 3)).Dims);
    }

    [Fact]
    public void Strings_are_read()
    {
        var unicode = (StringTensor)Parse(Npy("{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }", Encoding.UTF32.GetBytes("aäb\0")));
        Assert.Equal(["aä", "b"], unicode.Values.Select(v => Encoding.UTF8.GetString(v)));
        var bytes = (StringTensor)Parse(Npy("{'descr': '|S3', 'fortran_order': False, 'shape': (1,), }", "ab\0"u8.ToArray()));
        Assert.Equal("ab"u8.ToArray(), bytes.Values[0]);
    }

    [Theory]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4000,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False}")]
    [InlineData("{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("__import__('os')")]
    public void Hostile_headers_are_refused(string header) => Assert.Throws<FormatException>(() => Parse(Npy(header, [0, 0, 0, 0])));

    [Fact]
    public void Every_failure_of_a_file_has_a_code()
    {
        var path = Path.Combine(folder, "a.npz");
        Assert.Equal(Descriptors.DataNotFound, NpzFile.Read(path).Diagnostics[0].Descriptor);
        File.WriteAllText(path, "no archive");
        Assert.Equal(Descriptors.MalformedArray, NpzFile.Read(path).Diagnostics[0].Descriptor);
        using (var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create))
        using (var stream = archive.CreateEntry("x.npy").Open())
            stream.Write(Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (100000,), }", new byte[100_000]));
        Assert.Equal(Descriptors.DataTooLarge, NpzFile.Read(path, budget: 50_000).Diagnostics[0].Descriptor);
        Assert.True(NpzFile.Read(path).IsOk);
    }

    [Fact]
    public void Written_files_read_back_and_are_reproducible()
    {
        var arrays = new OrderedDictionary<string, TensorData>
        {
            ["f"] = TensorData.Floats([1, float.NaN, -0f, 4], 2, 2),
            ["s"] = new StringTensor([2], ["é𝄞"u8.ToArray(), []]),
            ["scalar"] = TensorData.Scalar(7L),
            ["empty"] = TensorData.Floats([], 0, 3),
        };
        var (first, second) = (Path.Combine(folder, "1.npz"), Path.Combine(folder, "2.npz"));
        NpzFile.Write(first, arrays);
        NpzFile.Write(second, arrays);
        Assert.Equal(File.ReadAllBytes(first), File.ReadAllBytes(second));
        var read = NpzFile.Read(first).OrThrow();
        Assert.Equal(arrays.Keys, read.Keys);
        Assert.All(arrays, a => Assert.True(a.Value.ContentEquals(read[a.Key])));
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void Damaged_bytes_never_throw_anything_else() => Gen.Select(Gen.Int[0, 90], Gen.Byte).Sample((position, value) =>
    {
        var bytes = Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", new byte[16]);
        bytes[position % bytes.Length] = value;
        try
        {
            Parse(bytes);
        }
        catch (Exception e) when (e is FormatException or EndOfStreamException or OverflowException)
        {
            // Refused.
        }
    }, threads: 1);

    [Fact]
    public void Shared_data_sets_fit_their_models()
    {
        var path = SharedData.Model("trained-text-lm/model.onnx");
        using var model = OrtModel.Load(path).OrThrow();
        var data = DataSet.Read(Path.Combine(Path.GetDirectoryName(path)!, "eval.npz"), model.Inputs, model.Outputs).OrThrow();
        Assert.NotNull(data.Labels);
        var batch = data.Batches(model.Inputs, batch: 4, limit: 6).ToList();
        Assert.Equal([4L, 2L], batch.Select(b => ((TensorValue)b.Inputs.Values.First()).Data.Dims[0]));
        Assert.True(model.Run(batch[0].Inputs).IsOk);
    }
}
