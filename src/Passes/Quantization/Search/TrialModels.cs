using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Passes.Quantization;

/// <summary>Copies of a model in which parts of it are changed by an approximate pass, to be measured against the model as it is.</summary>
sealed class TrialModels
{
    readonly PassContext cx;
    readonly byte[] bytes;
    readonly NodeOrder order;
    readonly RememberingCalibrator? calibrator;

    public TrialModels(Model model, PassContext cx)
    {
        this.cx = cx;
        bytes = ModelWriter.ToBytes(model);
        Reference = ModelReader.Read(bytes).OrThrow();
        order = new NodeOrder(model);
        calibrator = cx.Calibrator is { } inner ? new RememberingCalibrator(inner) : null;
    }

    /// <summary>The model as it is.</summary>
    public Model Reference { get; }

    /// <summary>Place of a node of the model, the same in all copies; null for one made since.</summary>
    public int? PlaceOf(Node node) => order.PlaceOf(node);

    /// <summary>A copy after <paramref name="changes"/>, each with the places it is for; and the operators of the nodes that changed, by place.</summary>
    public (Model Model, IReadOnlyDictionary<int, string> Changed) Make(params IEnumerable<(Func<int, bool> Wanted, Action<Model, PassContext> Change)> changes)
    {
        var copy = ModelReader.Read(bytes).OrThrow();
        var places = new NodeOrder(copy);
        calibrator?.Expect(places);
        var changed = new OrderedDictionary<int, string>();
        foreach (var (wanted, change) in changes)
            change(copy, cx.ForTrial(n => places.PlaceOf(n) is { } place && wanted(place) && cx.Selects(n), calibrator, n =>
            {
                if (places.PlaceOf(n) is { } place) changed[place] = n.Op.Name;
            }));
        return (copy, changed);
    }

    /// <summary>Ends the trials: what was learned from data serves the model itself.</summary>
    public void Finish()
    {
        calibrator?.Expect(order);
        cx.Calibrator = calibrator;
    }
}
