using Onnxc.IR;

namespace Onnxc.Compilation;

/// <summary>Figures of a model: nodes of all bodies, constants (initializers and <c>Constant</c> nodes), and bytes of its files (0 when it lies in none).</summary>
public sealed record ModelSummary(int Nodes, int Constants, long Parameters, long ParameterBytes, long FileBytes,
    IReadOnlyDictionary<string, int> Operators)
{
    public static ModelSummary Of(Model model, long fileBytes)
    {
        var operators = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in model.AllNodes()) operators[node.Op.ToString()] = operators.GetValueOrDefault(node.Op.ToString()) + 1;
        // Some exporters keep weights in Constant nodes.
        var constants = model.AllNodes().Where(n => n.Op.Is("Constant")).SelectMany(n => n.Outputs).Select(o => o.Constant).OfType<TensorData>();
        var weights = model.Bodies().SelectMany(b => b.Initializers).Select(v => v.Initializer!).Concat(constants).ToList();
        return new(operators.Values.Sum(), weights.Count, weights.Sum(w => w.ElementCount), weights.Sum(w => w.ByteLength), fileBytes, operators);
    }

    /// <summary>Bytes of a model file and the external data it refers to.</summary>
    public static long BytesOf(Model model)
    {
        if (model.SourcePath is not { } path) return 0;
        var files = model.Bodies().SelectMany(b => b.Initializers).Select(v => (v.Initializer as MappedTensor)?.Path).OfType<string>();
        return files.Append(path).Distinct(StringComparer.Ordinal).Sum(f => new FileInfo(f).Length);
    }
}
