using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Operators;

namespace Onnxc.Passes.Clip;

/// <summary>
/// <c>f(x) -> ClippedActivation(f(x), low, high)</c>, and in the place of <c>Relu(x)</c> with 0 as the lower bound: what a flipped bit of a weight makes
/// large, infinite or NaN does not travel on. FT-ClipAct (Hoang et al., 2020), Ranger (Chen et al., 2021), ProAct, FitAct.
/// </summary>
[Pass("clip-activations", "f(x) -> ClippedActivation(f(x), low, high), against flipped bits of weights", Numerics = Numerics.Approximate)]
public sealed class ClipActivations(ClipActivations.Options options) : ModelPass
{
    public sealed record Options
    {
        [Option("How bounds are found.")] public ClipMethod Method { get; init; }
        [Option("What becomes of a number beyond its bound.")] public ClipMode Mode { get; init; }
        [Option("What shares a bound.")] public ClipGranularity Granularity { get; init; }
        [Option("Clips stand behind a MaxPool that follows, as in Ranger: there are fewer numbers to look at.")] public bool BehindPools { get; init; } = true;
        [Option("One bound for all activations, with `range`; 0 takes those that data show.")] public double Bound { get; init; }
        [Option("Factor on the bounds of `range`.")] public double Margin { get; init; } = 1;
        [Option("Share of right decisions that a search may lose without faults.")] public double MaxDrop { get; init; } = 0.002;
        [Option("What a search keeps.")] public ClipMetric Metric { get; init; }
        [Option("Shares of bits that flip in trials of `ft-clipact`.")] public ImmutableArray<double> Rates { get; init; } = [1e-7, 1e-6, 3e-6, 1e-5, 3e-5];
        [Option("Trials at each rate.")] public int Trials { get; init; } = 5;
        [Option("Seed of the faults.")] public long Seed { get; init; }
        [Option("Difference of areas, in points, at which `ft-clipact` stops.")] public double Delta { get; init; } = 0.2;
        [Option("Rounds of `ft-clipact` before that counts.")] public int LeastRounds { get; init; } = 3;
        [Option("Rounds of `ft-clipact` at most.")] public int MostRounds { get; init; } = 4;
    }

    bool Saturates => options.Mode == ClipMode.Saturate || (options.Mode == ClipMode.Auto && options.Method == ClipMethod.Range);

    ClipGranularity Granularity => options.Granularity != ClipGranularity.Auto ? options.Granularity
        : options.Method switch { ClipMethod.Proact => ClipGranularity.Hybrid, ClipMethod.Fitact => ClipGranularity.Neuron, _ => ClipGranularity.Layer };

    public override void Run(Model model, PassContext cx)
    {
        if (Nonsense() is { } nonsense) cx.Report(nonsense);
        else if (Clip(model, cx) is { } failure) cx.Report(failure);
    }

    Diagnostic? Nonsense()
    {
        if (options.Rates.Any(r => !(r is >= 0 and <= 1))) return Wrong("rates", "outside of 0 to 1");
        if (options.Rates.IsEmpty) return Wrong("rates", "empty");
        if (options.Trials < 1) return Wrong("trials", "less than 1");
        if (options.Bound < 0) return Wrong("bound", "negative");
        if (options.Bound > 0 && options.Method != ClipMethod.Range) return Wrong("bound", "given to a method that searches for it");
        if (!(options.Margin > 0)) return Wrong("margin", "0 or less");
        return options.MostRounds < 1 || options.LeastRounds > options.MostRounds ? Wrong("most-rounds", "less than 1 or `least-rounds`") : null;

        static Diagnostic Wrong(string option, string what) => Diagnostic.Create(Descriptors.BadClipOption, null, option, what);
    }

    Diagnostic? Clip(Model model, PassContext cx)
    {
        var all = model.Bodies().SelectMany(Activations.In).Where(v => cx.Selects(v.Producer!)).ToList();
        if (all.Count == 0) return model.AllNodes().Any(n => n.Op.Name == "ClippedActivation") ? null : Diagnostic.Create(Descriptors.NothingToClip, ModelLocation.Of(model));
        cx.InferTypes(model);
        var wanted = new List<Value>();
        foreach (var value in all.Select(PlaceOf))
            if (Obstacle(value, model) is { } reason) cx.Skip(reason);
            else wanted.Add(value);
        if (wanted.Count == 0) return null;
        var searches = options.Method != ClipMethod.Range;
        if (searches && cx.Resilience is null) return Diagnostic.Create(Descriptors.ClippingNeedsData, ModelLocation.Of(model));
        if (searches && cx.Resilience!.Begin(model, options.Metric == ClipMetric.Accuracy) is { } unfit) return unfit;
        // The graph is in order, and its last activation is that of the last layer.
        var last = wanted.LastOrDefault(v => v.Graph == model.Main);
        var profile = new ClipProfile(model, cx, options.Bound, searches);
        if (profile.Observe(wanted, GranularityOf) is { } failure) return failure;
        var ranges = wanted.ConvertAll(v => profile.Of(v, GranularityOf(v)));
        var sites = new List<ClipSite>();
        for (var i = 0; i < wanted.Count; i++)
            if (ranges[i] is not { } range) cx.Skip("nothing is known of its numbers");
            else if (Insert(wanted[i], range, cx) is { } site) sites.Add(site);
        if (!searches || sites.Count == 0) return null;
        cx.InferTypes(model);
        return new BoundSearch(model, cx, cx.Resilience!, options).Run(sites);

        ClipGranularity GranularityOf(Value value) => Granularity != ClipGranularity.Hybrid ? Granularity : value == last ? ClipGranularity.Neuron : ClipGranularity.Layer;
    }

    Value PlaceOf(Value activation)
    {
        var place = activation;
        while (options.BehindPools && place.SingleUse is { User: Node pool } && pool.Op.Is("MaxPool") && pool.Outputs.Length == 1) place = pool.Output;
        return place;
    }

    static Node ActivationOf(Value place)
    {
        var node = place.Producer!;
        while (node.Op.Is("MaxPool")) node = node.Input(0)!.Producer!;
        return node;
    }

    string? Obstacle(Value value, Model model)
    {
        if (OperatorLibrary.Obstacle(value.Graph) is { } obstacle) return obstacle;
        if (!BoundTensor.CanHold(value.ElementType)) return "the type of its numbers is not known, or none that the clip takes";
        if (value.Uses.Count > 0 && value.Uses.All(u => u.User is Node { Op.Name: "ClippedActivation" })) return "it is clipped already";
        return options.Bound > 0 || value.Graph == model.Main ? null : "it lies in a body, whose values are not observed";
    }

    ClipSite? Insert(Value value, ClipProfile.Range range, PassContext cx)
    {
        var node = value.Producer!;
        var activation = ActivationOf(value);
        if (!cx.TryStep(activation, $"clip {activation.Op.Name}")) return null;
        var isRelu = Activations.IsRelu(activation);
        var replaces = isRelu && node == activation;
        var (element, scale) = (value.ElementType!.Value, options.Method == ClipMethod.Range ? options.Margin : 1);
        var high = Array.ConvertAll(range.High, h => h * scale);
        var low = isRelu ? [0.0] : Array.ConvertAll(range.Low, l => l * scale);
        var builder = new GraphBuilder(value.Graph, node.NextNode, "clipped");
        var clipped = builder.Custom("ClippedActivation",
            [
                replaces ? node.Input(0) : value,
                builder.Constant(BoundTensor.Of(element, low.Length == 1 ? [] : range.Dims, low)),
                builder.Constant(BoundTensor.Of(element, range.Dims, high)),
            ],
            ("saturate", Saturates ? 1L : 0L));
        clipped.SetType(value.Type, value.TypeIsInferred);
        var clip = clipped.Producer!;
        clip.CopyMetadata(node);
        value.ReplaceAllUsesWith(clipped);
        if (replaces) node.Graph.RemoveNode(node);
        else clip.SetInput(0, value);
        return new(clip, element, range.Dims, low, high);
    }
}
