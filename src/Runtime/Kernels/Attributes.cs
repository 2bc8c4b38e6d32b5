using System.Globalization;
using System.Text;
using Onnxc.Kernels.Native;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>Attributes of one node. What is wrong is named with operator, node, attribute and value.</summary>
sealed class Attributes(OrtApi api, nint info, string op)
{
    readonly string node = api.NodeName(info);

    /// <summary>The operator and its node, as messages begin.</summary>
    public string Subject => node.Length == 0 ? $"ai.onnxc.{op}" : $"ai.onnxc.{op} (node `{node}`)";

    public float Float(string name, float missing) =>
        api.TryFloat(info, Utf8(name), out var value) ? value : Missing(name, "a float", missing);

    public long Int(string name, long missing) =>
        api.TryInt(info, Utf8(name), out var value) ? value : Missing(name, "an integer", missing);

    /// <summary>0 or 1.</summary>
    public bool Flag(string name)
    {
        var value = Int(name, 0);
        return value is 0 or 1 ? value == 1 : throw Wrong(name, value, "must be 0 or 1");
    }

    // ONNX Runtime reads an attribute of another type as an empty list.
    public float[] Floats(string name, params float[] missing)
    {
        var found = api.TryFloats(info, Utf8(name), out var values);
        return values.Length > 0 ? values : Missing(name, "a list of floats", found ? values : missing);
    }

    public float Finite(string name, float missing)
    {
        var value = Float(name, missing);
        return float.IsFinite(value) ? value : throw Wrong(name, value, "must be finite");
    }

    /// <summary>An input that is the same in all calls, in float32; null when it is not.</summary>
    public unsafe float[]? Constant(int input, out long[] shape)
    {
        shape = [];
        var value = api.ConstantInput(info, input);
        if (value == 0) return null;
        shape = api.Shape(value, out var element);
        if (KernelCall.Elements(shape) > int.MaxValue) return null;
        var numbers = GC.AllocateUninitializedArray<float>((int)KernelCall.Elements(shape), pinned: true);
        if ((Storage)element == Storage.Float32) new ReadOnlySpan<float>((float*)api.Data(value), numbers.Length).CopyTo(numbers);
        else Storages.Load((Storage)element, (ushort*)api.Data(value), numbers);
        return numbers;
    }

    public KernelException Wrong(string name, object value, string rule) => new($"{Subject}: attribute `{name}` is {Text(value)}, but {rule}");

    // A node may leave out what has a default, but an attribute of another type is no missing one.
    T Missing<T>(string name, string kind, T value)
    {
        var key = Utf8(name);
        if (api.TryFloat(info, key, out var number)) throw Wrong(name, number, $"must be {kind}");
        if (api.TryInt(info, key, out var integer)) throw Wrong(name, integer, $"must be {kind}");
        if (api.TryString(info, key, out var text)) throw Wrong(name, $"\"{text}\"", $"must be {kind}");
        if (api.TryFloats(info, key, out var numbers) && numbers.Length > 0) throw Wrong(name, numbers, $"must be {kind}");
        if (api.TryInts(info, key, out var integers) && integers.Length > 0) throw Wrong(name, integers, $"must be {kind}");
        return value;
    }

    static byte[] Utf8(string name) => Encoding.UTF8.GetBytes(name + '\0');

    public static string Text(object value) => value switch
    {
        float number => number.ToString(CultureInfo.InvariantCulture),
        float[] list => ListOf(list),
        long[] list => ListOf(list),
        _ => $"{value}",
    };

    static string ListOf<T>(T[] values) where T : struct, IFormattable
    {
        const int Shown = 8;
        var text = new StringBuilder("[");
        for (var i = 0; i < Math.Min(Shown, values.Length); i++) text.Append(i == 0 ? "" : ", ").Append(values[i].ToString(null, CultureInfo.InvariantCulture));
        return text.Append(values.Length > Shown ? ", …]" : "]").ToString();
    }
}
