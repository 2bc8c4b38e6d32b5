using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Runtime;

public sealed class OrtModelTests
{
    static Dictionary<string, RuntimeValue> Feed(string name, TensorData data) => new(StringComparer.Ordinal) { [name] = new TensorValue(data) };

    [Fact]
    public void Runs_a_model_from_memory()
    {
        using var model = OrtModel.Load(ModelWriter.ToBytes(Samples.Unary("Neg", Samples.Floats(2)))).OrThrow();
        var result = model.Run(Feed("x", TensorData.Floats([1, -2]))).OrThrow();
        Assert.Equal([-1f, 2f], ((TensorValue)result["y"]).Data.ToArray<float>());
        Assert.Equal(Samples.Floats(2), model.Inputs[0].Type);
    }

    [Theory]
    [InlineData(ElementType.Int4)]
    [InlineData(ElementType.UInt4)]
    [InlineData(ElementType.Int2)]
    [InlineData(ElementType.UInt2)]
    [InlineData(ElementType.Float8E4M3FN)]
    [InlineData(ElementType.Float8E5M2FNUZ)]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.Float16)]
    public void Interfaces_may_have_every_element_type(ElementType element)
    {
        var type = new TensorType(element, new Shape([3L]));
        var model = Samples.NewModel(25);
        var x = model.Main.AddInput("x", type);
        var y = Samples.Add(model.Main, "Cast", [x], "y", ("to", (long)ElementType.Float));
        y.SetType(Samples.Floats(3));
        model.Main.AddOutput(y, "y");
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model)).OrThrow();
        Assert.Equal(type, loaded.Inputs[0].Type);
        var data = TensorNumbers.Pack(element, [3], [1, 0, 1]);
        var result = (TensorValue)loaded.Run(Feed("x", data)).OrThrow()["y"];
        Assert.Equal(TensorNumbers.Read(data), TensorNumbers.Read(result.Data));
    }

    [Fact]
    public void Strings_keep_their_bytes()
    {
        var type = new TensorType(ElementType.String, new Shape([Dim.Named("n")]));
        using var model = OrtModel.Load(ModelWriter.ToBytes(Samples.Unary("Identity", type))).OrThrow();
        var data = new StringTensor([3], ["a\0b"u8.ToArray(), [], "äö"u8.ToArray()]);
        Assert.True(((TensorValue)model.Run(Feed("x", data)).OrThrow()["y"]).Data.ContentEquals(data));
    }

    [Fact]
    public void An_unknown_rank_is_not_a_scalar()
    {
        using var model = OrtModel.Load(ModelWriter.ToBytes(Samples.Unary("Neg", new TensorType(ElementType.Float, null)))).OrThrow();
        Assert.Null(((TensorType)model.Inputs[0].Type!).Shape);
        using var scalar = OrtModel.Load(ModelWriter.ToBytes(Samples.Unary("Neg", Samples.Floats()))).OrThrow();
        Assert.Equal(Shape.Scalar, ((TensorType)scalar.Inputs[0].Type!).Shape);
    }

    [Fact]
    public void Wrong_names_are_explained()
    {
        using var model = OrtModel.Load(ModelWriter.ToBytes(Samples.Unary("Neg", Samples.Floats(2)))).OrThrow();
        var data = TensorData.Floats([1, 2]);
        Assert.Equal(Descriptors.UnknownInput, model.Run(Feed("xx", data)).Diagnostics[0].Descriptor);
        Assert.Equal(Descriptors.MissingInput, model.Run(new Dictionary<string, RuntimeValue>()).Diagnostics[0].Descriptor);
        Assert.Equal(Descriptors.UnknownOutput, model.Run(Feed("x", data), ["z"]).Diagnostics[0].Descriptor);
        Assert.Equal(Descriptors.RunFailed, model.Run(Feed("x", TensorData.Floats([1, 2, 3]))).Diagnostics[0].Descriptor);
        Assert.Equal(Descriptors.InputNotRepresentable,
            model.Run(new Dictionary<string, RuntimeValue> { ["x"] = NoneValue.Instance }).Diagnostics[0].Descriptor);
    }

    [Fact]
    public void Models_that_cannot_be_loaded_give_diagnostics()
    {
        Assert.Equal(Descriptors.ModelNotLoadable, OrtModel.Load("/nowhere/model.onnx").Diagnostics[0].Descriptor);
        Assert.Equal(Descriptors.ModelNotLoadable, OrtModel.Load(new byte[] { 1, 2, 3 }).Diagnostics[0].Descriptor);
        Assert.Equal(Descriptors.ModelNotLoadable, OrtModel.Load(Array.Empty<byte>()).Diagnostics[0].Descriptor);
    }

    [Fact]
    public void Missing_providers_and_libraries_have_their_own_errors()
    {
        var bytes = ModelWriter.ToBytes(Samples.Unary("Neg", Samples.Floats(2)));
        var libraries = SessionSettings.Default with { CustomOpLibraries = ["/nowhere/libops.so"] };
        Assert.Equal(Descriptors.CustomOpsNotLoadable, OrtModel.Load(bytes, libraries).Diagnostics[0].Descriptor);
        var model = Samples.NewModel();
        model.Opsets = model.Opsets.With("ai.onnx.contrib", 1);
        var x = model.Main.AddInput("x", new TensorType(ElementType.String, new Shape([1L])));
        model.Main.AddOutput(model.Main.AddNode(new OpId("ai.onnx.contrib", "StringUpper"), [x], ["y"]).Output);
        Assert.Equal(Descriptors.ExtensionsMissing, OrtModel.Load(ModelWriter.ToBytes(model)).Diagnostics[0].Descriptor);
    }

    [Fact]
    public void Cuda_is_either_there_or_refused_with_a_code()
    {
        var bytes = ModelWriter.ToBytes(Samples.Unary("Neg", Samples.Floats(2)));
        var loaded = OrtModel.Load(bytes, SessionSettings.Default with { Provider = ExecutionProvider.Cuda });
        if (loaded.IsOk) loaded.Value.Dispose();
        else Assert.Equal(Descriptors.CudaUnavailable, loaded.Diagnostics[0].Descriptor);
    }

    [Fact]
    public void A_run_without_end_is_stopped()
    {
        using var model = OrtModel.Load(ModelWriter.ToBytes(EndlessLoop())).OrThrow();
        var inputs = Feed("x", TensorData.Scalar(0f));
        Assert.Equal(Descriptors.RunTimedOut, model.Run(inputs, timeout: TimeSpan.FromMilliseconds(50)).Diagnostics[0].Descriptor);
        using var cancel = new CancellationTokenSource(50);
        Assert.Equal(Descriptors.RunCanceled, model.Run(inputs, cancellation: cancel.Token).Diagnostics[0].Descriptor);
    }

    [Fact]
    public void A_weight_is_read_in_place()
    {
        var model = Samples.NewModel();
        var x = model.Main.AddInput("x", Samples.Floats(2));
        var w = model.Main.AddInitializer("w", TensorData.Floats([1, 1]));
        var y = Samples.Add(model.Main, "Mul", [x, w], "y");
        y.SetType(Samples.Floats(2));
        model.Main.AddOutput(y);
        using var weight = new WeightBuffer(TensorData.Floats([2, 3]));
        var settings = SessionSettings.Default with { Optimization = OptimizationLevel.Basic, Weights = SessionSettings.Default.Weights.Add("w", weight) };
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model), settings.With("session.disable_prepacking", "1")).OrThrow();
        float[] Run() => ((TensorValue)loaded.Run(Feed("x", TensorData.Floats([1, 1]))).OrThrow()["y"]).Data.ToArray<float>();
        Assert.Equal([2f, 3f], Run());
        BitConverter.TryWriteBytes(weight.Bytes, 7f);
        Assert.Equal([7f, 3f], Run());
    }

    [Fact]
    public void Conformance_cases_give_their_expected_outputs()
    {
        Assert.SkipUnless(SharedData.IsAvailable, "the conformance cases are not here");
        var (passed, failed) = (0, new List<string>());
        foreach (var path in SharedData.ConformanceModels().Where(p => p.Contains("/node/test_s", StringComparison.Ordinal)))
        {
            if (!OrtModel.Load(path).IsOk) continue;
            using var model = OrtModel.Load(path).OrThrow();
            var data = DataSet.Read(Path.GetDirectoryName(path)!, [.. model.Inputs], [.. model.Outputs]).OrThrow();
            foreach (var sample in data.Batches([.. model.Inputs]))
            {
                var outputs = model.Run(sample.Inputs);
                if (!outputs.IsOk) continue;
                foreach (var (name, expected) in sample.Expected)
                {
                    var metrics = new MetricsAccumulator();
                    metrics.Add(expected, outputs.Value[name]);
                    if (metrics.Result.Problem is null && metrics.Result.MaxError <= 1e-3 * Math.Max(1, metrics.Result.Scale)) passed++;
                    else failed.Add(path);
                }
            }
        }
        Assert.Empty(failed);
        Assert.True(passed > 250, $"{passed} outputs compared");
    }

    static Model EndlessLoop()
    {
        var model = Samples.NewModel();
        var x = model.Main.AddInput("x", Samples.Floats());
        var body = Graph.NewBody(model.Main);
        body.AddInput("i", ValueType.Tensor(ElementType.Int64, Shape.Scalar));
        var condition = body.AddInput("c", ValueType.Tensor(ElementType.Bool, Shape.Scalar));
        var state = body.AddInput("s", Samples.Floats());
        body.AddOutput(Samples.Add(body, "Identity", [condition], "c2"));
        body.AddOutput(Samples.Add(body, "Neg", [state], "s2"));
        var always = model.Main.AddInitializer("always", TensorData.Of<byte>(ElementType.Bool, [], [1]));
        var y = Samples.Add(model.Main, "Loop", [null, always, x], "y", ("body", new GraphAttribute(body)));
        y.SetType(Samples.Floats());
        model.Main.AddOutput(y);
        return model;
    }
}
