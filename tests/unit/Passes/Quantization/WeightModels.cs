using Onnxc.Calibration;
using Onnxc.IR;
using Onnxc.Passes;
using Onnxc.Passes.Quantization;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Xunit;

namespace Onnxc.Tests.Passes.Quantization;

/// <summary>Models with one product, quantized and run.</summary>
static class WeightModels
{
    public static TensorData Normal(SplitMix random, ElementType element, double scale, params long[] dims) =>
        TensorNumbers.Pack(element, dims, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(_ => random.Normal() * scale)]);

    /// <summary>y = x·W.</summary>
    public static Model Product(TensorData weights, long opset = 21)
    {
        var model = PassTest.NewModel(opset, opset > 24 ? 13 : 10);
        var x = model.Main.AddInput("x", new TensorType(weights.Element, new Shape([Dim.Named("N"), weights.Dims[0]])));
        var y = model.Main.Op("MatMul", "y", [x, model.Main.AddInitializer("W", weights)]);
        y.SetType(new TensorType(weights.Element, new Shape([Dim.Named("N"), weights.Dims[1]])));
        model.Main.AddOutput(y, "y");
        return model;
    }

    /// <summary>The first samples that the language model was given to calibrate with.</summary>
    public static ICalibrator TextSamples(Model model, int samples) =>
        new DataCalibrator(DataSet.ReadFor(model, SharedData.Model("trained-text-lm/calib.npz")).OrThrow(), new() { Limit = samples });

    public static PassContext Quantize(Model model, Quantize.Options options, ICalibrator? calibrator = null)
    {
        var cx = new PassContext("quantize", null, new StepGate(), null, null) { Calibrator = calibrator };
        new Quantize(options).Run(model, cx);
        Assert.Empty(Verifier.Check(model));
        return cx;
    }

    public static double[] Run(Model model, TensorData x, SessionSettings? settings = null)
    {
        using var loaded = OrtModel.Load(ModelWriter.ToBytes(model), settings).OrThrow();
        var result = loaded.Run(new Dictionary<string, RuntimeValue> { [model.Main.Inputs[0].Name] = new TensorValue(x) }).OrThrow();
        return TensorNumbers.Read(((TensorValue)result[model.Main.OutputNames[0]]).Data);
    }

    /// <summary>The model as ONNX Runtime optimises it.</summary>
    public static Model Optimized(Model model, SessionSettings? settings = null)
    {
        var folder = Directory.CreateTempSubdirectory("onnxc-optimized");
        try
        {
            var saved = Path.Combine(folder.FullName, "model.onnx");
            OrtModel.Load(ModelWriter.ToBytes(model), (settings ?? SessionSettings.Default) with { OptimizedModelPath = saved }).OrThrow().Dispose();
            return ModelReader.Read(File.ReadAllBytes(saved)).OrThrow();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static Node Find(this Model model, string op) => model.Main.Nodes.Single(n => n.Op.Name == op);
}
