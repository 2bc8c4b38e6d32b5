namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor NoDecisions = new("ONNXC0341", Severity.Error, "the model has no output of scores to decide by",
        "Faults are judged by what the model decides: the greatest number along the last axis of its first floating-point output of two or more axes. This model has none.");

    public static readonly Descriptor NothingToStrike = new("ONNXC0342", Severity.Error, "the model has no {0} in which bits could flip",
        "Faults strike floating-point constants and small integers of the main graph, after ONNX Runtime's own optimisations, or what layers with such constants give. There are none.");

    public static readonly Descriptor UnknownLayer = new("ONNXC0343", Severity.Error, "no layer and no weight is called `{0}`",
        "`--layers` takes names of nodes or weights, or regular expressions that match all of one. Names are those after ONNX Runtime's own optimisations.");

    public static readonly Descriptor LabelsNeeded = new("ONNXC0344", Severity.Error, "accuracy cannot be measured: {0}",
        """
        Accuracy needs an array `labels` in DATA, one for each decision of the model. Without labels, decisions can be compared with those of the model
        without faults: leave `metric` out or set it to `agreement`.
        """);

    public static readonly Descriptor WeightsNotLive = new("ONNXC0345", Severity.Warning, "flips in {0} weights go unseen and are not made: {1}",
        """
        Before a campaign every weight is changed once, and some output has to change with it. ONNX Runtime did not read these weights from the memory
        that faults are made in, or nothing depends on them.
        """);

    public static readonly Descriptor LedgerMismatch = new("ONNXC0346", Severity.Error, "`{0}` belongs to another campaign: {1}",
        "Trials can be put together, and gone on with, when model, data, faults, rates and seed are the same. Make them again, or choose another file.");

    public static readonly Descriptor LedgerNotReadable = new("ONNXC0347", Severity.Error, "`{0}` is not a readable ledger of trials: {1}",
        "A ledger is what `onnxc faults --ledger FILE` writes: a line about the campaign and one for each trial.");

    public static readonly Descriptor NothingToClip = new("ONNXC0348", Severity.Error, "the model has no activation to clip",
        """
        `clip-activations` bounds Relu, Clip, LeakyRelu, Elu, Gelu, HardSwish, Mish and their like, and SiLU and GELU spelled out. The part of the model
        that the step selects has none of these.
        """);

    public static readonly Descriptor ClippingNeedsData = new("ONNXC0349", Severity.Error, "bounds of activations cannot be found without data",
        "Bounds are learned from samples. Give some with `--data DATA`, an .npz keyed by input name with samples along the first axis, or name a `bound`.");

    public static readonly Descriptor BadClipOption = new("ONNXC0350", Severity.Error, "`{0}` cannot be {1}",
        "Rates are shares of bits from 0 to 1; bounds and numbers of trials are positive.");

    public static readonly Descriptor ClipSearch = new("ONNXC0351", Severity.Note, "`clip-activations`: {0}",
        """
        What a search for bounds did and cost. Runs from the layer under search on are counted as the share of the model's run time that they take, and
        compared with the runs of the whole model that the published search makes for the same bounds.
        """);
}
