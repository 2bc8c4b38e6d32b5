using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Text;
using Xunit;

namespace Onnxc.Tests.Text;

public sealed class TensorTextTests
{
    [Theory]
    [InlineData("float[4] {0, -0, 1E-45, 3.4028235E+38}")]
    [InlineData("float[4] {nan, -nan, inf, -inf}")]
    [InlineData("double[3] {0.1, 5E-324, 1.7976931348623157E+308}")]
    [InlineData("float {0.1}")]
    [InlineData("float[2,0,3] {}")]
    [InlineData("string[0] {}")]
    [InlineData("int8[2] {-128, 127}")]
    [InlineData("uint8[2] {0, 255}")]
    [InlineData("int16[2] {-32768, 32767}")]
    [InlineData("uint16[2] {0, 65535}")]
    [InlineData("int32[2] {-2147483648, 2147483647}")]
    [InlineData("uint32[2] {0, 4294967295}")]
    [InlineData("int64[2] {-9223372036854775808, 9223372036854775807}")]
    [InlineData("uint64[2] {0, 18446744073709551615}")]
    [InlineData("bool[2] {0, 1}")]
    [InlineData("float16[2] {15360, 65535}")]
    [InlineData("bfloat16[2] {16256, 0}")]
    [InlineData("complex64[2] {1, -2, 0.5, nan}")]
    [InlineData("complex128 {1, 2.5}")]
    [InlineData("float8e4m3fn[1] {255}")]
    [InlineData("float8e4m3fnuz[1] {128}")]
    [InlineData("float8e5m2[1] {1}")]
    [InlineData("float8e5m2fnuz[1] {2}")]
    [InlineData("float8e8m0[1] {127}")]
    [InlineData("uint4[3] {0, 15, 7}")]
    [InlineData("int4[3] {-8, 7, -1}")]
    [InlineData("float4e2m1[3] {15, 0, 8}")]
    [InlineData("uint2[5] {0, 1, 2, 3, 1}")]
    [InlineData("int2[5] {-2, -1, 0, 1, -2}")]
    [InlineData("undefined[3] {}")]
    [InlineData("type99[2] {}")]
    [InlineData("string[2] {\"a\\\"b\\\\c\", \"\\x00\\xFF\\x0Aé\"}")]
    [InlineData("sparse_tensor(float[3,4]) {float[2] {1, 2}, int64[2] {0, 5}}")]
    [InlineData("sparse_tensor(int4[3,4]) {int4[0] {}}")]
    [InlineData("sparse_tensor(string[9]) {string[1] {\"s\"}, int64[1,1] {4}}")]
    public void Tensors_print_as_they_are_read(string literal)
    {
        var name = literal.StartsWith("sparse", StringComparison.Ordinal) ? "sparse_tensor" : "tensor";
        Assert.Contains($"<v: {name} = {literal}>", Texts.AssertFixedPoint(Texts.Nodes($"y = Op <v = {literal}> (x)")), StringComparison.Ordinal);
        var initializer = $"{literal[..(literal.IndexOf(" {", StringComparison.Ordinal) + 1)]}w = {literal[(literal.IndexOf(" {", StringComparison.Ordinal) + 1)..]}";
        Assert.Contains($"   {initializer}\n>", Texts.AssertFixedPoint($"{Texts.Header}g () => (w) <{initializer}> {{}}"), StringComparison.Ordinal);
        Assert.Contains($"({initializer}) => ", Texts.AssertFixedPoint($"{Texts.Header}g ({initializer}) => (w) {{}}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Sub_byte_elements_are_packed_low_bits_first()
    {
        Assert.Equal([0x78, 0x0F], Texts.Tensor("int4[3] {-8, 7, -1}").Bytes.ToArray());
        Assert.Equal([0b01_11_10_00, 0b10], Texts.Tensor("uint2[5] {0, 2, 3, 1, 2}").Bytes.ToArray());
        Assert.Equal([0x0F, 0x08], Texts.Tensor("float4e2m1[3] {15, 0, 8}").Bytes.ToArray());
    }

    [Fact]
    public void A_nan_keeps_its_sign_and_no_payload()
    {
        var bits = Texts.Tensor("float[2] {nan, -nan}").ToArray<uint>();
        Assert.Equal([0x7FC00000u, 0xFFC00000u], bits);
        var payload = new Model(10, OpsetImports.Empty);
        payload.Main.AddOutput(payload.Main.AddInitializer("w", TensorData.Of<uint>(ElementType.Float, [1], [0x7F800001u])));
        Assert.Contains("{nan}", Texts.AssertFixedPoint(payload), StringComparison.Ordinal);
    }

    [Fact]
    public void Infinity_can_be_spelt_out_and_a_negative_zero_survives()
    {
        var bits = Texts.Tensor("float[4] {INF, -Infinity, -0, -0.0}").ToArray<uint>();
        Assert.Equal([0x7F800000u, 0xFF800000u, 0x80000000u, 0x80000000u], bits);
    }

    [Fact]
    public void Strings_hold_any_bytes()
    {
        var all = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var model = new Model(10, OpsetImports.Empty);
        var w = model.Main.AddInitializer("w", new StringTensor([1], [all]));
        model.Main.AddOutput(model.Main.AddNode(new OpId("", "Op"), [w], ["y"], [new("s", new StringAttribute([.. all])), new("t", new StringsAttribute([[.. all], []]))]).Output);
        var text = Texts.AssertFixedPoint(model);
        Assert.DoesNotContain('\uFFFD', text);
        var read = Texts.Parse(text).Main;
        Assert.Equal(all, ((StringTensor)read.Initializers.Single().Initializer!).Values[0]);
        Assert.Equal(all, ((StringAttribute)read.Nodes.First!.Attributes["s"]!).Bytes);
    }

    [Fact]
    public void Comments_may_stand_among_the_elements() =>
        Assert.Equal([1f, 2f], Texts.Tensor("float[2] { # first\n 1 , # second\n 2 }").ToArray<float>());

    [Fact]
    public void Large_tensors_print_in_several_chunks()
    {
        var values = Enumerable.Range(0, 50_001).Select(i => (byte)(i * 7)).ToArray();
        var model = new Model(10, OpsetImports.Empty);
        model.Main.AddOutput(model.Main.AddInitializer("a", new DenseTensor(ElementType.Int2, [200_003], values)));
        model.Main.AddOutput(model.Main.AddInitializer("b", new DenseTensor(ElementType.UInt8, [50_001], values)));
        var read = Texts.Parse(Texts.AssertFixedPoint(model)).Main.Initializers.ToList();
        Assert.Equal(values[..^1], read[0].Initializer!.Bytes[..^1].ToArray());
        Assert.Equal(values, read[1].Initializer!.Bytes.ToArray());
    }

    [Fact]
    public void Elided_weights_are_marked_and_refused()
    {
        var model = Texts.Parse($"{Texts.Header}g () => (w) <float[2,2] w = {{1, 2, 3, 4}}, int64[2] s = {{1, 2}}, string[3] n = {{\"\", \"\", \"\"}}> {{}}");
        var text = OnnxPrinter.Print(model, new PrintOptions { MaxElements = 2 });
        Assert.Contains("float[2,2] w = {...}", text, StringComparison.Ordinal);
        Assert.Contains("int64[2] s = {1, 2}", text, StringComparison.Ordinal);
        Assert.Contains("string[3] n = {...}", text, StringComparison.Ordinal);
        var error = Texts.Error(text);
        Assert.Equal("error[ONNXC0602]: the elements of `w` were left out of this text, so it cannot be read back", error.ToString());
    }

    sealed class Files : IExternalData
    {
        public TensorData Open(string name, ElementType element, ImmutableArray<long> dims, IReadOnlyList<KeyValuePair<string, string>> entries)
        {
            Assert.Equal(("w", "a.bin", "17"), (name, entries[0].Value, entries[1].Value));
            return new DenseTensor(element, dims, [1, 2]);
        }
    }

    [Fact]
    public void External_data_is_opened_only_through_the_caller()
    {
        var text = $"{Texts.Header}g () => (w) <uint8[2] w = [\"location\": \"a.bin\", \"offset\": \"17\"]> {{}}";
        Assert.Equal("ONNXC0618", Texts.Error(text).Id);
        var model = OnnxParser.Parse(text, null, new Files()).OrThrow();
        Assert.Contains("uint8[2] w = {1, 2}", OnnxPrinter.Print(model), StringComparison.Ordinal);
    }
}
