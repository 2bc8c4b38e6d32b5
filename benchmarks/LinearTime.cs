using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Benchmarks;

/// <summary>
/// <c>@default</c> on chains: linear time means ten times the nodes in about ten times the time. Triplets of Shape, Reshape and Relu are
/// what some simplifiers take minutes for; identities and transposes make every pass work.
/// </summary>
static class LinearTime
{
    public static void Run(string folder, int runs)
    {
        var home = Directory.CreateDirectory(Path.Combine(folder, "onnxc-linear")).FullName;
        try
        {
            foreach (var (name, link) in new (string, Func<Graph, Value, Value>)[] { ("Shape, Reshape, Relu", Reshapes), ("Identity, Transpose, Transpose", Transposes), ("constants", Constants) })
            {
                var times = new List<double>();
                foreach (var nodes in new[] { 6_000, 60_000 })
                {
                    var path = Chain(home, link, nodes);
                    var measured = Enumerable.Range(0, runs).Select(_ => Tool.Run("compile", path, "-o", Path.Combine(home, "out.onnx"), "--no-check", "-q")).ToList();
                    times.Add(Measurement.Median(measured.Select(m => m.Seconds)));
                    Tool.Print($"{name}, {nodes} nodes: {times[^1]:f2} s, {measured.Max(m => m.AnonymousMegabytes):f0} MB");
                }
                Tool.Print($"{name}: ten times the nodes take {times[1] / times[0]:f1} times as long");
            }
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    static string Chain(string home, Func<Graph, Value, Value> link, int nodes)
    {
        var model = new Model(10, OpsetImports.Empty.With("", 21));
        var value = model.Main.AddInput("x", ValueType.Tensor(ElementType.Float, new Shape([Dim.Named("N"), 8])));
        while (model.Main.Nodes.Count < nodes) value = link(model.Main, value);
        model.Main.AddOutput(value, "y");
        var path = Path.Combine(home, FormattableString.Invariant($"chain{nodes}.onnx"));
        if (ModelWriter.Write(model, path) is { } failure) throw new InvalidOperationException(failure.ToString());
        return path;
    }

    static Value Reshapes(Graph graph, Value value)
    {
        var b = new GraphBuilder(graph);
        return b.Op("Relu", [b.Op("Reshape", [value, b.Op("Shape", [value])])]);
    }

    static Value Transposes(Graph graph, Value value)
    {
        var b = new GraphBuilder(graph);
        long[] perm = [1, 0];
        return b.Op("Transpose", [b.Op("Transpose", [b.Op("Identity", [value])], ("perm", perm))], ("perm", perm));
    }

    static Value Constants(Graph graph, Value value)
    {
        var b = new GraphBuilder(graph);
        var constant = b.Op("Constant", [], ("value", TensorData.Floats([1, 2, 3, 4, 5, 6, 7, 8])));
        return b.Op("Add", [value, b.Op("Neg", [constant])]);
    }
}
