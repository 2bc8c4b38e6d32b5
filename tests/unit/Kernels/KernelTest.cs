using System.Collections.Immutable;
using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Runtime;
using Onnxc.Serialization;
using Onnxc.Tests.Runtime;
using Xunit;

namespace Onnxc.Tests.Kernels;

/// <summary>Models of one operator, run through its function and through its kernel.</summary>
static class KernelTest
{
    public static readonly SessionSettings Body = SessionSettings.Default;
    public static readonly SessionSettings Kernel = SessionSettings.Default.WithKernels();

    public static TensorData Floats(ImmutableArray<long> dims, params float[] values) => TensorNumbers.Pack(ElementType.Float, dims.AsSpan(), [.. values.Select(v => (double)v)]);

    /// <summary>y = op(x, …) with inputs of the types of <paramref name="inputs"/>; the ranks are stated, the extents not.</summary>
    public static Model ModelOf(string op, IReadOnlyList<TensorData> inputs, long opset = 21, params (string Name, AttributeValue Value)[] attributes)
    {
        var model = Samples.NewModel(opset);
        var values = inputs.Select((t, i) => (Value?)model.Main.AddInput(Names[i], new TensorType(t.Element, new Shape([.. t.Dims.Select(_ => Dim.Unknown)])))).ToArray();
        var y = new GraphBuilder(model.Main).Custom(op, values, attributes);
        y.SetType(new TensorType(inputs[0].Element, null));
        model.Main.AddOutput(y, "y");
        return model;
    }

    static readonly string[] Names = ["x", "low", "high", "table", "scale", "shift", "seventh", "eighth", "ninth"];

    public static TensorData Run(Model model, IReadOnlyList<TensorData> inputs, SessionSettings settings) => Run(ModelWriter.ToBytes(model), inputs, settings);

    public static TensorData Run(ReadOnlyMemory<byte> model, IReadOnlyList<TensorData> inputs, SessionSettings settings)
    {
        using var loaded = OrtModel.Load(model, settings).OrThrow();
        var feeds = inputs.Select((t, i) => KeyValuePair.Create(Names[i], (RuntimeValue)new TensorValue(t))).ToDictionary(StringComparer.Ordinal);
        return ((TensorValue)loaded.Run(feeds).OrThrow()["y"]).Data;
    }

    /// <summary>The message of what went wrong when the model is loaded or run; fails when nothing did.</summary>
    public static string Error(Model model, IReadOnlyList<TensorData> inputs, SessionSettings settings)
    {
        var loaded = OrtModel.Load(ModelWriter.ToBytes(model), settings);
        if (!loaded.IsOk) return loaded.Diagnostics[0].Message;
        using var session = loaded.Value;
        var result = session.Run(inputs.Select((t, i) => KeyValuePair.Create(Names[i], (RuntimeValue)new TensorValue(t))).ToDictionary(StringComparer.Ordinal));
        Assert.False(result.IsOk);
        return result.Diagnostics[0].Message;
    }

    public static void AssertNear(float[] expected, float[] actual, float tolerance = 2e-6f)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
    }

    public static float[] Result(string op, TensorData x, params (string Name, AttributeValue Value)[] attributes) => Result(op, [x], attributes);

    /// <summary>The result of the kernel, which the function must have too.</summary>
    public static float[] Result(string op, IReadOnlyList<TensorData> inputs, params (string Name, AttributeValue Value)[] attributes)
    {
        var model = ModelOf(op, inputs, 21, attributes);
        var kernel = Run(model, inputs, Kernel).ToArray<float>();
        var function = Run(model, inputs, Body).ToArray<float>();
        for (var i = 0; i < kernel.Length; i++) Assert.Equal(function[i], kernel[i], 1e-5f);
        return kernel;
    }

    /// <summary>Distance in units in the last place; NaNs are equal, and so are zeros.</summary>
    public static long Ulps(float a, float b)
    {
        if (float.IsNaN(a) || float.IsNaN(b)) return float.IsNaN(a) && float.IsNaN(b) ? 0 : long.MaxValue;
        return Math.Abs(Ordered(a) - Ordered(b));

        static long Ordered(float value)
        {
            var bits = BitConverter.SingleToInt32Bits(value);
            return bits < 0 ? int.MinValue - (long)bits : bits;
        }
    }
}
