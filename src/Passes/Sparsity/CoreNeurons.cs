using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Passes.Quantization;

namespace Onnxc.Passes.Sparsity;

/// <summary>
/// Neurons that are often among the largest: Wang et al., CoreInfer. The core of a token are its largest positive numbers before the last product; that of
/// a text are the neurons in most of those.
/// </summary>
sealed class CoreNeurons(Sparsify.Options options, PassContext cx)
{
    const int MostRows = 2048;
    const long AddingOpset = 16;

    public Diagnostic? Run(Model model)
    {
        var graph = model.Main;
        var blocks = new List<CoreBlock>();
        foreach (var block in model.Bodies().SelectMany(FfnBlocks.In).Where(b => cx.Selects(b.Down.Node)))
        {
            var (core, reason) = CoreBlock.Of(block);
            reason ??= block.Down.Node.Graph != graph ? "it lies in a body, whose values no caller sees" : block.Neurons < options.Least ? "the product is too small to gain time"
                : options.Stage == CoreStage.Prefill && graph.Opsets[""] is > 0 and < AddingOpset ? "the model's opset is older than 16, in which `ScatterElements` learned to add" : null;
            if (reason is not null) cx.Skip(reason);
            else blocks.Add(core!);
        }
        if (options.Stage == CoreStage.Prefill)
            for (var i = 0; i < blocks.Count; i++) PutOut(blocks[i], i);
        else if (options.Stage == CoreStage.Decode)
            for (var i = blocks.Count - 1; i >= 0; i--) TakeIn(blocks[i], i);
        else if (blocks.Count > 0) return SliceForGood(model, blocks);
        return null;
    }

    static int Kept(FfnBlock block, double sparsity) => Math.Clamp((int)Math.Round((1 - sparsity) * block.Neurons), 1, block.Neurons);

    int Kept(CoreBlock core) => Kept(core.Block, options.Target);

    static string Name(int block, string role) => FormattableString.Invariant($"ffn_{block}_{role}");

    Diagnostic? SliceForGood(Model model, List<CoreBlock> blocks)
    {
        if (cx.Calibrator is not { } calibrator) return Diagnostic.Create(Descriptors.SparsifyNeedsData, ModelLocation.Of(model), "core-neurons");
        var seen = calibrator.Rows(model, [.. blocks.Select(b => b.Block.Hidden)], MostRows);
        if (!seen.IsOk) return seen.Diagnostics[0];
        var order = new NodeOrder(model);
        var counts = new Dictionary<int, int[]>();
        foreach (var core in blocks)
            if (seen.Value.TryGetValue(core.Block.Hidden, out var rows) && rows.Length > 0 && rows.Length % core.Block.Neurons == 0)
                counts[order.PlaceOf(core.Block.Down.Node)!.Value] = CoreCounts.Of(rows, core.Block.Neurons, options.TokenShare);
            else cx.Skip("the data do not show its numbers, or they are not finite");
        var search = new SparsitySearch(model, cx, options, (copy, trial, sparsity) => Slice(copy, trial, counts, sparsity));
        if (search.Run() is not { } found)
        {
            foreach (var _ in counts) cx.Skip("loses too much accuracy");
            return null;
        }
        if (search.Growth is { } growth)
            cx.Report(Diagnostic.Create(Descriptors.Sparsified, null, string.Create(CultureInfo.InvariantCulture, $"{found:p1} of the neurons of {counts.Count} blocks are left out, perplexity {growth:+0.00%;-0.00%}")));
        Slice(model, cx, counts, found);
        return null;
    }

    // From the end, as a block's first product may be what the one before it ends with.
    static void Slice(Model model, PassContext cx, Dictionary<int, int[]> counts, double sparsity)
    {
        var order = new NodeOrder(model);
        foreach (var block in FfnBlocks.In(model.Main).Reverse().ToList())
            if (order.PlaceOf(block.Down.Node) is { } place && counts.TryGetValue(place, out var often) && CoreBlock.Of(block).Core is { } core)
            {
                var places = CoreCounts.Most(often, Kept(block, sparsity));
                if (cx.TryStep(block.Down.Node, FormattableString.Invariant($"keep {places.Count} neurons")))
                    core.Exchange(p => model.Main.AddInitializer($"{p.Weight.Name}_core", CoreBlock.Slice(p.Weight.Constant!, p.Axis, places)));
            }
    }

    // How many neurons of a token count is the same for all: a share of how many are positive on the mean.
    void PutOut(CoreBlock core, int number)
    {
        if (!cx.TryStep(core.Block.Down.Node, "put out core neurons")) return;
        var (graph, neurons) = (core.Block.Down.Node.Graph, core.Block.Neurons);
        var builder = new GraphBuilder(graph, core.Block.Down.Node, "core");
        Value zero = builder.Constant(TensorData.Scalar(0f)), all = builder.Constant(TensorData.Int64s([-1])), first = builder.Constant(TensorData.Int64s([0])), one = builder.Constant(TensorData.Int64s([1]));
        var rows = builder.Op("Reshape", [core.Block.Hidden, builder.Constant(TensorData.Int64s([-1, neurons]))]);
        var positive = builder.Op("Cast", [builder.Op("Greater", [rows, zero])], ("to", 1L));
        var perToken = builder.Op("ReduceMean", [builder.Op("ReduceSum", [positive, one], ("keepdims", 0L))], ("keepdims", 0L));
        var share = builder.Op("Floor", [builder.Op("Mul", [perToken, builder.Constant(TensorData.Scalar((float)options.TokenShare))])]);
        var limit = builder.Op("Max", [builder.Op("Reshape", [builder.Op("Cast", [share], ("to", 7L)), all]), one]);
        var top = builder.Node(new OpId("", "TopK"), [rows, limit], 2, ("axis", 1L));
        var counted = builder.Op("Cast", [builder.Op("Greater", [top.Outputs[0], zero])], ("to", 1L));
        var none = builder.Constant(TensorData.Floats(new float[neurons], neurons));
        var counts = builder.Op("ScatterElements", [none, builder.Op("Reshape", [top.Outputs[1], all]), builder.Op("Reshape", [counted, all])], ("axis", 0L), ("reduction", "add"));
        // Of equal counts the lower place comes first, so that a core of fewer neurons is filled up the same way each time.
        var places = builder.Node(new OpId("", "TopK"), [counts, builder.Constant(TensorData.Int64s([Kept(core)]))], 2, ("axis", 0L)).Outputs[1];
        PutOut(places, new TensorType(ElementType.Int64, new Shape([Kept(core)])), "core");
        foreach (var part in core.Parts) PutOut(builder.Op("Gather", [part.Weight, places], ("axis", (long)part.Axis)), Sliced(core, part), part.Role);

        void PutOut(Value value, TensorType type, string role)
        {
            value.SetType(type);
            graph.AddOutput(value, Name(number, role));
        }
    }

    TensorType Sliced(CoreBlock core, CoreBlock.Part part)
    {
        var data = part.Weight.Constant!;
        return new(data.Element, new Shape(data.Dims.SetItem(part.Axis, Kept(core))));
    }

    void TakeIn(CoreBlock core, int number)
    {
        if (!cx.TryStep(core.Block.Down.Node, "take sliced weights as inputs")) return;
        var inputs = core.Parts.ToDictionary(p => p, p => core.Block.Down.Node.Graph.AddInput(Name(number, p.Role), Sliced(core, p)));
        core.Exchange(p => inputs[p]);
    }
}
