using System.Diagnostics;
using Onnxc.Diagnostics;
using Onnxc.Serialization;
using Onnxc.Serialization.Proto;
using Xunit;
using Type = Onnxc.Serialization.Proto.TensorProto.Types.DataType;

namespace Onnxc.Tests.Serialization;

public sealed class ExternalDataTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-external-").FullName;

    string Home => Directory.CreateDirectory(Path.Combine(folder, "model")).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Data_beside_the_model_is_mapped()
    {
        File.WriteAllBytes(Path.Combine(Home, "w.bin"), [0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64]);
        var model = Read([("location", "w.bin"), ("offset", "4"), ("length", "8"), ("checksum", "abc")]).OrThrow();
        Assert.Equal([1f, 2f], model.Main.Initializers.Single().Initializer!.ToArray<float>());
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("a/../../secret")]
    [InlineData("a\\..\\..\\secret")]
    [InlineData("/etc/passwd")]
    [InlineData("\\\\server\\share")]
    [InlineData("C:\\secret")]
    [InlineData("*/_ORT_MEM_ADDR_/*")]
    [InlineData("w\0.bin")]
    public void Paths_that_leave_the_folder_are_refused(string location)
    {
        File.WriteAllBytes(Path.Combine(folder, "secret"), new byte[8]);
        Assert.Equal("ONNXC0009", Error([("location", location)]).Id);
    }

    [Fact]
    public void Links_pipes_and_folders_are_refused()
    {
        File.WriteAllBytes(Path.Combine(folder, "secret"), new byte[8]);
        Directory.CreateDirectory(Path.Combine(folder, "elsewhere"));
        File.WriteAllBytes(Path.Combine(folder, "elsewhere", "w.bin"), new byte[8]);
        File.CreateSymbolicLink(Path.Combine(Home, "symbolic"), Path.Combine(folder, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(Home, "linked"), Path.Combine(folder, "elsewhere"));
        Directory.CreateDirectory(Path.Combine(Home, "folder"));
        Assert.Equal("ONNXC0009", Error([("location", "symbolic")]).Id);
        Assert.Equal("ONNXC0009", Error([("location", "linked/w.bin")]).Id);
        Assert.Equal("ONNXC0009", Error([("location", "folder")]).Id);
        if (!OperatingSystem.IsLinux()) return;
        Run("ln", Path.Combine(folder, "secret"), Path.Combine(Home, "hard"));
        Run("mkfifo", Path.Combine(Home, "pipe"));
        Assert.Equal("ONNXC0009", Error([("location", "hard")]).Id);
        Assert.Equal("ONNXC0009", Error([("location", "pipe")]).Id);
    }

    [Theory]
    [InlineData("location", "missing.bin")]
    [InlineData("offset", "4")]
    [InlineData("offset", "-1")]
    [InlineData("offset", "9223372036854775807")]
    [InlineData("offset", "99999999999999999999")]
    [InlineData("length", "4")]
    [InlineData("length", "x")]
    public void Missing_and_lying_entries_are_refused(string key, string value)
    {
        File.WriteAllBytes(Path.Combine(Home, "w.bin"), new byte[8]);
        Assert.Equal("ONNXC0010", Error([("location", "w.bin"), (key, value)]).Id);
    }

    [Fact]
    public void A_model_in_memory_has_no_external_data() => Assert.Equal("ONNXC0009", Assert.Single(ModelReader.Read(Protos.Bytes(Model([("location", "w.bin")]))).Diagnostics).Id);

    [Fact]
    public void External_data_stays_external_and_equal()
    {
        var data = new byte[5000 * 4];
        new Random(1).NextBytes(data);
        File.WriteAllBytes(Path.Combine(Home, "w.bin"), data);
        var model = Read([("location", "w.bin"), ("checksum", "abc")], 5000).OrThrow();
        var target = Path.Combine(folder, "out.onnx");
        Assert.Null(ModelWriter.Write(model, target));
        Assert.Equal(data, File.ReadAllBytes(target + ".data"));
        var tensor = ModelProto.Parser.ParseFrom(File.ReadAllBytes(target)).Graph.Initializer[0];
        Assert.Equal("out.onnx.data", tensor.ExternalData.Single(e => e.Key == "location").Value);
        Assert.Equal("abc", tensor.ExternalData.Single(e => e.Key == "checksum").Value);
        Assert.Equal(data, ModelReader.Read(target).OrThrow().Main.Initializers.Single().Initializer!.Bytes.ToArray());
    }

    [Fact]
    public void Writing_over_the_input_is_safe()
    {
        var data = new byte[5000 * 4];
        new Random(2).NextBytes(data);
        var path = Path.Combine(Home, "m.onnx");
        File.WriteAllBytes(path + ".data", data);
        var model = Read([("location", "m.onnx.data")], 5000).OrThrow();
        Assert.Null(ModelWriter.Write(model, path));
        Assert.Null(ModelWriter.Write(ModelReader.Read(path).OrThrow(), path, new WriteOptions { ExternalData = ExternalDataMode.Never }));
        Assert.Equal(data, ModelReader.Read(path).OrThrow().Main.Initializers.Single().Initializer!.Bytes.ToArray());
        Assert.Empty(Directory.EnumerateDirectories(Home));
    }

    [Fact]
    public void A_model_too_large_for_one_file_goes_external_by_itself()
    {
        File.WriteAllBytes(Path.Combine(Home, "w.bin"), new byte[20_000]);
        var model = Read([("location", "w.bin")], 5000).OrThrow();
        var one = Path.Combine(folder, "one.onnx");
        Assert.Null(ModelWriter.Write(model, one, new WriteOptions { ExternalData = ExternalDataMode.Never }));
        var inline = ModelReader.Read(one).OrThrow();
        Assert.Equal("ONNXC0019", ModelWriter.Write(inline, one, new WriteOptions { ExternalData = ExternalDataMode.Never, MaxFileBytes = 10_000 })!.Id);
        Assert.Null(ModelWriter.Write(inline, one, new WriteOptions { MaxFileBytes = 10_000 }));
        Assert.Equal(20_000, new FileInfo(one + ".data").Length);
    }

    [Fact]
    public void What_cannot_be_written_leaves_nothing_behind()
    {
        File.WriteAllBytes(Path.Combine(Home, "w.bin"), new byte[8]);
        var model = Read([("location", "w.bin")]).OrThrow();
        Assert.Equal("ONNXC0016", ModelWriter.Write(model, Path.Combine(folder, "no", "such", "folder.onnx"))!.Id);
        Assert.Equal("ONNXC0016", ModelWriter.Write(model, Home)!.Id);
        Assert.Equal(["model"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));
    }

    Diagnostic Error((string, string)[] entries) => Assert.Single(Read(entries).Diagnostics);

    Result<IR.Model> Read((string, string)[] entries, int count = 2)
    {
        var path = Path.Combine(Home, "m.onnx");
        File.WriteAllBytes(path, Protos.Bytes(Model(entries, count)));
        return ModelReader.Read(path);
    }

    static ModelProto Model((string Key, string Value)[] entries, int count = 2)
    {
        var tensor = new TensorProto { Name = "w", DataType = (int)Type.Float, Dims = { count }, DataLocation = TensorProto.Types.DataLocation.External };
        foreach (var (key, value) in entries) tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        var model = Protos.Model(Protos.Node("Identity", ["w"], ["y"]));
        model.Graph.Initializer.Add(tensor);
        model.Graph.Output.Add(Protos.Info("y", Type.Float, count));
        return model;
    }

    static void Run(string command, params string[] arguments)
    {
        using var process = Process.Start(command, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
