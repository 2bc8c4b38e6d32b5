using Onnxc.IR;
using Onnxc.Passes;

namespace Onnxc.Tests.Passes.Fold;

/// <summary>Computes a handful of float operators; counts its calls.</summary>
sealed class FakeEvaluator : IEvaluator
{
    public int Calls { get; private set; }

    public IReadOnlyList<Evaluation> Evaluate(IReadOnlyList<Value> outputs, long maxElements)
    {
        Calls++;
        var known = new Dictionary<Value, TensorData?>();
        return [.. outputs.Select(o => Compute(o, known) is not { } data ? Evaluation.Failed("no kernel")
            : data.ElementCount > maxElements ? Evaluation.Failed("the result is too large") : Evaluation.Ok(data))];
    }

    static TensorData? Compute(Value wanted, Dictionary<Value, TensorData?> known)
    {
        // Chains are long: no recursion.
        var stack = new Stack<Value>([wanted]);
        while (stack.TryPeek(out var value))
        {
            if (value.Constant is { } constant) known[value] = constant;
            if (known.ContainsKey(value))
            {
                stack.Pop();
                continue;
            }
            var missing = value.Producer!.Inputs.OfType<Value>().Where(i => !known.ContainsKey(i)).ToList();
            foreach (var input in missing) stack.Push(input);
            if (missing.Count == 0) known[value] = Apply(value.Producer, [.. value.Producer.Inputs.Select(i => known[i!])]);
        }
        return known[wanted];
    }

    static TensorData? Apply(Node node, TensorData?[] inputs)
    {
        if (inputs.Any(i => i is null)) return null;
        switch (node.Op.Name)
        {
            case "Add":
                var (a, b) = (inputs[0]!.ToArray<float>(), inputs[1]!.ToArray<float>());
                return TensorData.Floats([.. a.Select((v, i) => v + b[i % b.Length])], [.. inputs[0]!.Dims]);
            case "Neg":
                return TensorData.Floats([.. inputs[0]!.ToArray<float>().Select(v => -v)], [.. inputs[0]!.Dims]);
            case "Transpose":
                var (rows, columns) = ((int)inputs[0]!.Dims[0], (int)inputs[0]!.Dims[1]);
                var x = inputs[0]!.ToArray<float>();
                return TensorData.Floats([.. Enumerable.Range(0, x.Length).Select(i => x[i % rows * columns + i / rows])], columns, rows);
            case "ConstantOfShape":
                var dims = inputs[0]!.ToArray<long>();
                return TensorData.Floats(new float[dims.Aggregate(1L, (p, d) => p * d)], dims);
            case "Split":
                return null;
            default:
                return null;
        }
    }
}
