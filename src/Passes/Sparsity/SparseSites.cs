using Onnxc.IR;
using Onnxc.Operators;
using Onnxc.Passes.Shapes.Symbolic;

namespace Onnxc.Passes.Sparsity;

/// <summary>Finds where rows of weights can be left out.</summary>
sealed class SparseSites(Sparsify.Options options, PassContext cx)
{
    public List<SparseSite> In(Model model)
    {
        var sites = new List<SparseSite>();
        var shapes = options.Predicate == SparsityPredicate.Zeros ? new ShapeAnalysis(model) : null;
        foreach (var graph in model.Bodies())
        {
            var zeros = shapes is null ? null : new ExactZeros(graph);
            var found = zeros is not null ? OfZeros(graph, zeros, shapes!) : options.Predicate == SparsityPredicate.Threshold ? Products(graph) : Blocks(graph);
            foreach (var site in found)
                if (!cx.Selects(site.Product.Node)) continue;
                else if (Obstacle(site, zeros) is { } reason) cx.Skip(reason);
                else sites.Add(site);
        }
        return sites;
    }

    // Blocks without zeros are named too: they are what one asks about.
    IEnumerable<SparseSite> OfZeros(Graph graph, ExactZeros zeros, ShapeAnalysis shapes)
    {
        var blocks = FfnBlocks.In(graph).Select(b => b.Down.Node).ToHashSet();
        foreach (var node in graph.Nodes)
            if (FfnBlocks.Read(node, FfnBlocks.LeastNeurons) is { } product && (blocks.Contains(node) || zeros.In(product.Input) || zeros.IsGated(product.Input)))
                yield return (options.Decides == SparsityDecider.Gate ? GatedProducts.Read(product, zeros, shapes) : null) ?? new(product, null, null);
    }

    IEnumerable<SparseSite> Blocks(Graph graph) =>
        FfnBlocks.In(graph).Select(b => new SparseSite(b.Down, b, options.Decides == SparsityDecider.Gate && b.Factor is not null ? b.Up : null));

    // Scores are what is asked for: what little they would gain shows most.
    static IEnumerable<SparseSite> Products(Graph graph) =>
        from node in graph.Nodes
        where !node.Output.IsGraphOutput
        let product = FfnBlocks.Read(node, 1)
        where product is not null
        select new SparseSite(product, null, null);

    string? Obstacle(SparseSite site, ExactZeros? zeros)
    {
        var graph = site.Product.Node.Graph;
        if (OperatorLibrary.Obstacle(graph) is { } obstacle) return obstacle;
        if (site.Product.Data.Element != ElementType.Float) return "weights of other types than float32 are converted at every run, which costs more than leaving some out gains";
        if (site.Product.CodeBits == 2) return "weights of 2 bits have no sparse kernel";
        if (site.Terms < options.Least || site.Product.Channels < options.Least) return "the product is too small to gain time";
        if (zeros?.In(site.Decides) == false) return "what its activation gives is hardly ever zero";
        if (options.Predicate == SparsityPredicate.StatisticalTopK && Escapes(site.Block!)) return "what its activation takes is used elsewhere too";
        return options.NeedsData && (graph.Owner is not null || graph.IsFunctionBody) ? "the data show values of the main graph alone, and this is another" : null;
    }

    static bool Escapes(FfnBlock block)
    {
        var nodes = block.Activation;
        return nodes.Any(n => n.Op.Name is "BiasGelu" || (n.Op.Domain.Length > 0 && n.InputCount > 1)) || block.Before.Uses.Any(u => u.User is not Node user || !nodes.Contains(user));
    }
}
