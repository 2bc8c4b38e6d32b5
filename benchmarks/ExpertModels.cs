using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>A layer of gated experts behind a router, with random weights, in the two forms that exporters write.</summary>
static class ExpertModels
{
    public static void Write(string path, int inputs, int width, int experts, int selected, bool unrolled)
    {
        var model = new Model(10, OpsetImports.Empty.With("", 17));
        var graph = model.Main;
        var builder = new GraphBuilder(graph);
        var random = new Random(1);
        var x = graph.AddInput("x", ValueType.Tensor(ElementType.Float, new Shape([Dim.Named("t"), inputs])));
        var last = builder.Constant(TensorData.Int64s([-1]));
        var scores = builder.Op("Softmax", [builder.Op("MatMul", [x, Weight(inputs, experts)])], ("axis", 1L));
        var topK = builder.Node(new("", "TopK"), [scores, builder.Constant(TensorData.Int64s([selected]))], 2, ("axis", -1L));
        var weights = builder.Op("Div", [topK.Outputs[0], builder.Op("ReduceSum", [topK.Outputs[0], last])]);
        graph.AddOutput(unrolled ? Unrolled() : Dense(), "y");
        if (ModelWriter.Write(model, path, new WriteOptions { ExternalData = ExternalDataMode.Never }) is { } failure) throw new InvalidOperationException(failure.ToString());

        Value Weight(params long[] dims)
        {
            var values = new float[dims.Aggregate(1L, (a, b) => a * b)];
            for (var i = 0; i < values.Length; i++) values[i] = (float)((random.NextDouble() - 0.5) * 2 / Math.Sqrt(inputs));
            return builder.Constant(TensorData.Floats(values, dims));
        }

        Value Network(Value token, params long[] stack)
        {
            var gate = builder.Op("MatMul", [token, Weight([.. stack, inputs, width])]);
            var hidden = builder.Op("Mul", [builder.Op("Mul", [gate, builder.Op("Sigmoid", [gate])]), builder.Op("MatMul", [token, Weight([.. stack, inputs, width])])]);
            return builder.Op("MatMul", [hidden, Weight([.. stack, width, inputs])]);
        }

        Value OneHot(TensorData values) => builder.Op("OneHot", [topK.Outputs[1], builder.Constant(TensorData.Scalar((long)experts)), builder.Constant(values)], ("axis", -1L));

        Value Unrolled()
        {
            var mask = builder.Op("Transpose", [OneHot(TensorData.Int64s([0, 1]))], ("perm", new long[] { 2, 1, 0 }));
            var sum = builder.Op("ConstantOfShape", [builder.Op("Shape", [x])], ("value", TensorData.Floats([0])));
            for (var e = 0; e < experts; e++)
            {
                var places = builder.Op("NonZero", [builder.Op("Gather", [mask, builder.Constant(TensorData.Scalar((long)e))], ("axis", 0L))]);
                var slot = builder.Op("Unsqueeze", [builder.Op("Gather", [places, builder.Constant(TensorData.Scalar(0L))], ("axis", 0L)), last]);
                var row = builder.Op("Gather", [places, builder.Constant(TensorData.Scalar(1L))], ("axis", 0L));
                var output = Network(builder.Op("Gather", [x, row], ("axis", 0L)));
                var token = builder.Op("Unsqueeze", [row, last]);
                var weight = builder.Op("Unsqueeze", [builder.Op("GatherND", [weights, builder.Op("Concat", [token, slot], ("axis", -1L))]), last]);
                sum = builder.Op("ScatterND", [sum, token, builder.Op("Mul", [output, weight])], ("reduction", "add"));
            }
            return sum;
        }

        Value Dense()
        {
            var (first, second) = (builder.Constant(TensorData.Int64s([0])), builder.Constant(TensorData.Int64s([1])));
            var each = builder.Op("ReduceSum", [builder.Op("Mul", [OneHot(TensorData.Floats([0, 1])), builder.Op("Unsqueeze", [weights, last])]), second], ("keepdims", 0L));
            var weight = builder.Op("Unsqueeze", [builder.Op("Transpose", [each], ("perm", new long[] { 1, 0 })), last]);
            var outputs = Network(builder.Op("Unsqueeze", [x, first]), experts);
            return builder.Op("ReduceSum", [builder.Op("Mul", [outputs, weight]), first], ("keepdims", 0L));
        }
    }
}
