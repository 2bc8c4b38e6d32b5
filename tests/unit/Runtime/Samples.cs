using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Tests.Runtime;

/// <summary>Small models made in memory.</summary>
static class Samples
{
    public static Model NewModel(long opset = 21) => new(10, OpsetImports.Empty.With("", opset));

    public static TensorType Floats(params Dim[] dims) => new(ElementType.Float, new Shape([.. dims]));

    /// <summary>y = f(x) for x of <paramref name="type"/>.</summary>
    public static Model Unary(string op, TensorType type, TensorType? result = null, params (string Name, AttributeValue Value)[] attributes)
    {
        var model = NewModel();
        var x = model.Main.AddInput("x", type);
        var y = Add(model.Main, op, [x], "y", attributes);
        y.SetType(result ?? type);
        model.Main.AddOutput(y, "y");
        return model;
    }

    public static Value Add(Graph graph, string op, Value?[] inputs, string output, params (string Name, AttributeValue Value)[] attributes) =>
        graph.AddNode(new OpId("", op), inputs, [output], attributes.Select(a => KeyValuePair.Create(a.Name, a.Value))).Output;

    public static Onnxc.Runtime.ModelSource Source(Model model) => Onnxc.Runtime.ModelSource.Bytes(ModelWriter.ToBytes(model));

    /// <summary>A chain of <paramref name="count"/> nodes, whose every other Add takes the same value again.</summary>
    public static Model Chain(int count)
    {
        var model = NewModel(17);
        var first = model.Main.AddInput("x", Floats(Dim.Named("N"), 8));
        var value = first;
        for (var i = 0; i < count; i++)
            value = i % 3 == 0 ? Add(model.Main, "Add", [value, first], $"v{i}") : Add(model.Main, "Relu", [value], $"v{i}");
        value.SetType(Floats(Dim.Named("N"), 8));
        model.Main.AddOutput(value, "y");
        return model;
    }
}
