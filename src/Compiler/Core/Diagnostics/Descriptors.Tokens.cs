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
}
