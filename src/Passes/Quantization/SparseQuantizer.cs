using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Sparsity;

namespace Onnxc.Passes.Quantization;

/// <summary>Weights of the operators that <c>sparsify</c> writes: codes whose rows can be left out like those of the floats.</summary>
static class SparseQuantizer
{
    /// <summary>True for an operator whose weights this quantizes.</summary>
    public static bool Takes(Node node) => node.Op.Domain == OperatorLibrary.Domain && node.Op.Name is "MaskedGemv" or "SparseGatedFfn";

    public static void Visit(Node node, Quantize.Options options, PassContext cx)
    {
        var isGated = node.Op.Name == "SparseGatedFfn";
        // Rows are output channels in `up`, and what is summed over in the others.
        var sites = (isGated ? new[] { (2, false), (3, true) } : [(1, true)]).Select(s => Site(node, s.Item1, s.Item2)).ToList();
        if (sites.Select(s => Reason(s, options)).FirstOrDefault(r => r is not null) is { } reason)
        {
            cx.Skip(reason);
            return;
        }
        var weights = sites.Select(s => WeightRounding.Round(options, s!, null, null)).ToList();
        if (weights.Contains(null)) cx.Skip("a weight is not finite");
        else if (cx.TryStep(node, "quantize weights")) Write(node, sites!, weights!, isGated);
    }

    static WeightSite? Site(Node node, int slot, bool isTransposed) =>
        node.Input(slot) is { Constant: { Dims.Length: 2 } data } weight && data is not SparseTensor && FloatingType.CanRead(data.Element) ? new(node, weight, data, isTransposed, 1) : null;

    static string? Reason(WeightSite? site, Quantize.Options options)
    {
        if (site is null) return "the weights are not constant";
        if (site.Channels < options.Least || site.Reduced < options.Least) return "the matrix is small";
        if (site.Data.ElementCount > int.MaxValue) return "the matrix has more than 2³¹ elements";
        if (!options.Weights.IsInteger() || options.Weights.Bits() < 4) return "sparse kernels take integers of 4 or 8 bits";
        if (options.Form == WeightForm.Portable) return "sparse operators have no portable form";
        return options.Method is WeightMethod.Gptq or WeightMethod.Awq || options.LowRank > 0 ? "`method` and `low-rank` ask for plain products: `quantize` before `sparsify`" : null;
    }

    static void Write(Node node, List<WeightSite> sites, List<QuantizedWeight> weights, bool isGated)
    {
        var builder = new GraphBuilder(node.Graph, node, "quantize");
        var (last, matrix) = (sites[^1], weights[^1].Matrix);
        var element = last.Data.Element;
        var inputs = node.Inputs.Take(isGated ? 2 : 1).ToList();
        if (isGated) inputs.AddRange([builder.Constant(StoredWeights.Codes(weights[0].Matrix)), builder.Constant(StoredWeights.Scales(weights[0].Matrix, element)), builder.Constant(SparseCodes.ZerosByChannel(weights[0].Matrix, element))]);
        inputs.AddRange([builder.Constant(SparseCodes.ByTerm(matrix)), builder.Constant(SparseCodes.ScalesByTerm(matrix, element)), builder.Constant(SparseCodes.ZerosByTerm(matrix, element)), node.Inputs[^1]]);
        var definition = OperatorLibrary.Find(node.Op.Name + "NBits")!;
        OperatorLibrary.AddFunction(node.Graph.Model, definition);
        var attributes = node.Attributes.Select(a => KeyValuePair.Create(a.Key, a.Value)).ToList();
        node.ReplaceBy(definition.Id, [.. inputs], [.. attributes, KeyValuePair.Create("bits", (AttributeValue)matrix.Grid.Bits), KeyValuePair.Create("block", (AttributeValue)matrix.Block)]);
        foreach (var site in sites) ValueStore.RemoveUnused(site.Weight);
    }
}
