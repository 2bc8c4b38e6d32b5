using Onnxc.Calibration;
using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Passes.Experts;

/// <summary>Finds layers of experts on a copy of a model, for people to look at.</summary>
public static class ExpertInspection
{
    /// <summary>The layers, and with what reasons others were left alone.</summary>
    /// <param name="calibrator">Shows how often data choose each expert; null for no data.</param>
    public static (IReadOnlyList<ExpertSummary> Layers, IReadOnlyDictionary<string, int> Declined) Of(Model model, ITypeInference inference, ICalibrator? calibrator)
    {
        ArgumentNullException.ThrowIfNull(model);
        var copy = ModelReader.Read(ModelWriter.ToBytes(model)).OrThrow();
        var cx = new PassContext("find-experts", null, new StepGate(), null, inference);
        new FindExperts().Run(copy, cx);
        var loads = calibrator is null ? null : ExpertObservation.Loads(copy, calibrator);
        var shown = ExpertObservation.Layers(copy);
        var layers = new List<ExpertSummary>();
        foreach (var node in copy.AllNodes().Where(n => ExpertForm.Of(n) is not null))
            if (ExpertLayer.Read(node) is { } layer) layers.Add(Summary(node, layer, shown.IndexOf(node) is >= 0 and var place && loads is { } all ? all[place] : null));
        return (layers, cx.Skipped);
    }

    static ExpertSummary Summary(Node node, ExpertLayer layer, IReadOnlyList<double>? loads) =>
        new(node.DisplayName, (layer.Form.IsGated ? "gated " : "") + KebabCase.Of(layer.Form.Activation.ToString()), layer.Experts, layer.Selected, layer.Inputs, layer.Width, layer.Outputs, Router(layer), loads is { Count: > 0 } ? loads : null);

    static string Router(ExpertLayer layer)
    {
        if (ExpertRouter.Of(layer) is not { } router) return ExpertRouter.Scattered(layer.Weights) is null ? "weights for all experts" : "chosen by scores of another kind";
        if (layer.Selected == layer.Experts) return "softmax over all";
        var text = router.IsNormalized ? "softmax over the chosen" : "softmax over all, then the largest";
        return router.Factor == 1 ? text : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{text}, times {router.Factor}");
    }
}
