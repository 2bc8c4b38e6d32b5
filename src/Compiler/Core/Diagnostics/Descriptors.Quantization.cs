namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor QuantizationNeedsData = new("ONNXC0321", Severity.Error, "activations cannot be quantized without data",
        """
        The range of an activation is learned from samples. Give some with `--data DATA`, an .npz keyed by input name with the samples along the first
        axis; a few hundred that look like those of production are enough. Or leave `activations` out, to quantize weights only, or set it to
        `dynamic`, which measures ranges at run time.
        """);

    public static readonly Descriptor Measured = new("ONNXC0323", Severity.Note, "`{0}`: {1}",
        """
        What an approximate pass cost and gained on the data of `--data`: the share of right answers lost, as the probabilities of the original expect it
        (and by labels where there are any), how often both choose the same, the relative error of outputs that hold no scores, and the time of a run
        against the model before the pass. What would break `--max-drop` or `--min-speedup` has been left out.
        """);

    public static readonly Descriptor TableNotReadable = new("ONNXC0324", Severity.Error, "`{0}` is not a readable calibration table: {1}",
        "A table is what `onnxc calibrate` writes. It may have been cut short, or come from another version; make it again.");

    public static readonly Descriptor TablesDoNotMerge = new("ONNXC0325", Severity.Error, "`{0}` cannot be merged: {1}",
        """
        Tables merge when they were made with the same model, and each holds another shard of the same division: `--shard 1/4` to `--shard 4/4`.
        """);

    public static readonly Descriptor NotInTable = new("ONNXC0326", Severity.Error, "the calibration table says nothing of `{0}`",
        """
        A table knows values by name, and passes make new ones. Calibrate the model that the step sees, with the passes before it already applied, or
        give `--data` instead of a table. Some methods need the samples themselves, which no table holds.
        """);

    public static readonly Descriptor NothingObserved = new("ONNXC0327", Severity.Error, "the model has no values to calibrate",
        "Only floating-point values of the main graph are observed, and this one has none.");

    public static readonly Descriptor NotMeasured = new("ONNXC0328", Severity.Warning, "`{0}`: what it costs and gains was not measured: {1}",
        """
        Approximate passes run the model before and after, to leave out what loses accuracy or time. Here the model does not run on its own, on the data given or
        on generated inputs, so everything was changed. Give data that the model takes, or `--no-gates` where this is meant.
        """);

    public static readonly Descriptor PrecisionNeedsData = new("ONNXC0329", Severity.Error, "precision cannot be assigned without data",
        """
        `assign-precision` measures how far the outputs move when a weight has fewer bits. Give samples with `--data DATA`, an .npz keyed by input name with
        the samples along the first axis.
        """);

    public static readonly Descriptor PrecisionAssigned = new("ONNXC0330", Severity.Note, "`assign-precision`: {0}",
        "How many bits weights have on average, and how many of them have which type. `--resolved FILE` writes steps that do the same without a search.");
}
