using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Passes.Experts;

/// <summary>
/// Puts operators that ONNX Runtime runs fast in the place of the nodes of <c>find-experts</c>: products for each expert over the tokens that chose it, one
/// wide layer for all of them, or its own <c>MoE</c>.
/// </summary>
[Pass("lower-experts", "one node of experts -> grouped products, a wide layer, or com.microsoft::MoE", Numerics = Numerics.Rounding)]
public sealed class LowerExperts(LowerExperts.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("What runs the experts.")] public LoweredForm Form { get; init; }
    }

    static readonly LoweredForm[] Forms = [LoweredForm.Grouped, LoweredForm.Dense, LoweredForm.Moe];

    public override void Run(Model model, PassContext cx)
    {
        var layers = model.AllNodes().Where(n => ExpertForm.Of(n) is not null).ToList();
        if (layers.Count == 0)
        {
            cx.Skip("there are no nodes of `find-experts`");
            return;
        }
        var form = options.Form == LoweredForm.Measured ? Fastest(model, cx) : options.Form;
        foreach (var node in layers) Lower(node, form, cx);
    }

    static void Lower(Node node, LoweredForm form, PassContext cx)
    {
        if (!cx.Selects(node)) return;
        if (ExpertLayer.Read(node) is not { } layer) cx.Skip("the weights are not constant");
        else if (Reason(layer, form) is { } reason) cx.Skip(reason);
        else if (cx.TryStep(node, "lower experts")) Write(node, layer, form);
    }

    static LoweredForm Chosen(ExpertLayer layer, LoweredForm form) => form != LoweredForm.Auto ? form : layer.Selected == layer.Experts ? LoweredForm.Dense : LoweredForm.Grouped;

    static string? Reason(ExpertLayer layer, LoweredForm form) => Chosen(layer, form) switch
    {
        LoweredForm.Moe => MoeForm.Obstacle(layer),
        LoweredForm.Grouped => GroupedForm.Obstacle(layer),
        _ => null,
    };

    static void Write(Node node, ExpertLayer layer, LoweredForm form)
    {
        var builder = new GraphBuilder(node.Graph, node, "experts");
        var result = Chosen(layer, form) switch
        {
            LoweredForm.Moe => MoeForm.Write(layer, builder),
            LoweredForm.Dense => DenseForm.Write(layer, builder),
            _ => GroupedForm.Write(layer, builder),
        };
        result.Producer!.CopyMetadata(node);
        node.Graph.Substitute(node.Output, result);
        ExpertNodes.Remove(node);
    }

    // Timed on copies of the whole model, so that what the runtime fuses around the layer counts as well.
    static LoweredForm Fastest(Model model, PassContext cx)
    {
        if (cx.Meter is not { } meter)
        {
            cx.Skip("nothing measures speed here");
            return LoweredForm.Auto;
        }
        var bytes = ModelWriter.ToBytes(model);
        var reference = Copy(LoweredForm.Auto);
        var (best, fastest) = (LoweredForm.Auto, 1.0);
        foreach (var form in Forms)
        {
            var timed = meter.Compare(reference, Copy(form));
            if (timed.IsOk && timed.Value.Ratio < fastest) (best, fastest) = (form, timed.Value.Ratio);
        }
        return best;

        Model Copy(LoweredForm form)
        {
            var copy = ModelReader.Read(bytes).OrThrow();
            foreach (var node in copy.AllNodes().ToList())
                if (ExpertLayer.Read(node) is { } layer && Reason(layer, form) is null) Write(node, layer, form);
            return copy;
        }
    }
}
