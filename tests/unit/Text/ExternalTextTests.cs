using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Text;

/// <summary>External data of texts: <c>["location": "w.bin"]</c> beside the text, and nowhere else.</summary>
public sealed class ExternalTextTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("onnxc-text-").FullName;

    string Home => Directory.CreateDirectory(Path.Combine(folder, "home")).FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Data_beside_the_text_is_mapped()
    {
        File.WriteAllBytes(Path.Combine(Home, "w.bin"), [0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64]);
        var model = Read("\"location\": \"w.bin\", \"offset\": \"4\", \"length\": \"8\", \"checksum\": \"abc\"").OrThrow();
        var tensor = Assert.IsType<MappedTensor>(model.Main.Initializers.Single().Initializer);
        Assert.Equal([1f, 2f], tensor.ToArray<float>());
        // Printed with its values: the text then stands alone.
        Assert.Contains("{1, 2}", OnnxPrinter.Print(model), StringComparison.Ordinal);
    }

    [Fact]
    public void Data_stays_external_when_the_model_is_written()
    {
        var data = new byte[8];
        new Random(3).NextBytes(data);
        File.WriteAllBytes(Path.Combine(Home, "w.bin"), data);
        var target = Path.Combine(folder, "out.onnx");
        Assert.Null(ModelWriter.Write(Read("\"location\": \"w.bin\"").OrThrow(), target));
        Assert.Equal(data, File.ReadAllBytes(target + ".data"));
        Assert.Equal(data, ModelReader.Read(target).OrThrow().Main.Initializers.Single().Initializer!.Bytes.ToArray());
    }

    [Theory]
    [InlineData("\"location\": \"../secret\"", "ONNXC0009")]
    [InlineData("\"location\": \"/etc/passwd\"", "ONNXC0009")]
    [InlineData("\"location\": \"linked\"", "ONNXC0009")]
    [InlineData("\"location\": \"*/_ORT_MEM_ADDR_/*\"", "ONNXC0009")]
    [InlineData("\"location\": \"missing\"", "ONNXC0010")]
    [InlineData("\"offset\": \"4\"", "ONNXC0010")]
    [InlineData("\"location\": \"w.bin\", \"offset\": \"1\"", "ONNXC0010")]
    [InlineData("\"location\": \"w.bin\", \"length\": \"4\"", "ONNXC0010")]
    public void Data_elsewhere_and_lying_entries_are_refused(string entries, string id)
    {
        File.WriteAllBytes(Path.Combine(folder, "secret"), new byte[8]);
        File.WriteAllBytes(Path.Combine(Home, "w.bin"), new byte[8]);
        File.CreateSymbolicLink(Path.Combine(Home, "linked"), Path.Combine(folder, "secret"));
        var error = Assert.Single(Read(entries).Diagnostics);
        Assert.Equal(id, error.Id);
        // Where in the text, not just in which model.
        Assert.Equal(2, Assert.IsType<TextLocation>(error.Location).Line);
    }

    [Fact]
    public void A_text_that_comes_from_no_file_has_no_external_data()
    {
        Assert.Equal("ONNXC0618", Texts.Error(Text("\"location\": \"w.bin\"")).Id);
        Assert.Equal("ONNXC0618", Texts.Error(Text("\"location\": \"w.bin\""), "a\0b").Id);
        Assert.Equal("ONNXC0008", Texts.Error(Text("\"location\": \"w.bin\"").Replace("float[2]", "string[2]", StringComparison.Ordinal), "a.onnxtxt").Id);
    }

    static string Text(string entries) => $"{Texts.Header}g () => (float[2] y) <float[2] w = [{entries}]> {{ y = Identity (w) }}";

    Result<Model> Read(string entries) => OnnxParser.Parse(Text(entries), Path.Combine(Home, "m.onnxtxt"));
}
