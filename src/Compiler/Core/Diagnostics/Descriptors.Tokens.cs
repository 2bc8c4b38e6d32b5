namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor BadMergeOption = new("ONNXC0361", Severity.Error, "`merge-tokens`: {0}",
        "How many tokens merge is said in one way: the same number in each block, a list with one for each block, a published schedule, or the share that is left.");

    public static readonly Descriptor NothingToMerge = new("ONNXC0362", Severity.Error, "the model has no attention over tokens",
        """
        `merge-tokens` looks for a softmax between two products, of queries and keys and with values, whose result is added to the tokens that came in.
        There is none. `onnxc inspect --blocks` shows what is found.
        """);

    public static readonly Descriptor ScheduleUnfit = new("ONNXC0363", Severity.Error, "the schedule does not fit {0} blocks of {1} tokens",
        """
        A schedule has a number for each block. `compression` knows models of 12 blocks (ViT-B with 197 tokens, DeiT-B with 198) and 24 (ViT-L, 197);
        name a `schedule`, list numbers, or say `r` or `keep` for others.
        """);

    public static readonly Descriptor MergeWeightsUnfit = new("ONNXC0364", Severity.Error, "the weights of `{0}` do not fit: {1}",
        """
        Weights of PYRA are bound to the schedule that they were trained with: `W_r` has a number for each pair that merges in its block. Arrays are named by
        their block, counted from 0: `blocks.0.W_r`, `blocks.0.W_D`, and for the norm, which may be left out, `blocks.0.norm.weight` and `blocks.0.norm.bias`.
        """);

    public static readonly Descriptor ScheduleNeedsData = new("ONNXC0365", Severity.Error, "a schedule cannot be searched without data",
        "`schedule=auto` measures what merges lose on samples. Give some with `--data DATA`, with or without labels, and do not turn gates off.");

    public static readonly Descriptor ScheduleNeedsChain = new("ONNXC0366", Severity.Error, "a schedule is searched for one sequence of tokens, and the model has {0} that can merge",
        "`schedule=auto` finds the pairs for the blocks of one encoder. Select the part of one with `where`, or say `r` or `keep`. `onnxc inspect --blocks` shows what there is.");

    public static readonly Descriptor ScheduleFound = new("ONNXC0367", Severity.Note, "`merge-tokens`: schedule=[{0}]; {1}",
        "The pairs that `schedule=auto` found, as `schedule` takes them, and what they cost on the data.");

    public static readonly Descriptor MergeFit = new("ONNXC0368", Severity.Note, "`merge-tokens`: {0}",
        """
        What a fit of PYRA gained over merges without modulation: the mean divergence of the outputs from those of the model as it was, on samples that the fit
        looked at and on others. Where the others do not gain, nothing is modulated.
        """);
}
