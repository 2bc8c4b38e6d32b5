namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor FactorOptionsUnfit = new("ONNXC0481", Severity.Error,
        "`factor-experts` cannot run like that: {0}",
        """
        The options of `factor-experts` exclude each other, or one is out of its range. `onnxc passes factor-experts` lists them with their values. The rank
        of the space that experts share is given as a number (`rank`), by the share of the squared weights to keep (`energy`), or searched for on data
        (`max-drop`).
        """);

    public static readonly Descriptor FactorNeedsData = new("ONNXC0482", Severity.Error,
        "`factor-experts` needs data for that",
        """
        `activation-aware` looks at the inputs of the experts on samples of the user's data, and `max-drop` at the answers of the model, for which the data
        need `labels`. Name a file of samples for the compile, or give a `rank` or an `energy`, which need none.
        """);

    public static readonly Descriptor ExpertsFactored = new("ONNXC0483", Severity.Note,
        "factored {0}",
        """
        What `factor-experts` made of one layer: experts and groups that share a projection, the ranks, weights and operations before and after, and the
        relative error of the matrices that were factored, in the norm of Frobenius, weighed by the covariance of the inputs with `activation-aware`.
        """);

    public static readonly Descriptor ExpertBitsUnfit = new("ONNXC0484", Severity.Error,
        "`quantize-experts` cannot run like that: {0}",
        """
        Some experts get the type `high`, the others `low`, so that a weight has `average` bits in the mean: `average` lies between the bits of both. ONNX
        Runtime has products with weights of 2, 4 and 8 bits.
        """);

    public static readonly Descriptor ExpertScoresNeedData = new("ONNXC0485", Severity.Error,
        "`by={0}` needs data",
        """
        How often an expert is chosen, and how little a layer's output has in common with its input, show on samples of the user's data alone, and none were
        given. Name a file of samples for the compile, or take `by=outliers`, which looks at weights.
        """);

    public static readonly Descriptor ExpertBits = new("ONNXC0486", Severity.Note,
        "`quantize-experts`: {0} bits for a weight in the mean, {1} experts with more than the others",
        """
        How many bits the weights of experts have now, in the mean and without scales, and how many experts got the larger type.
        """);

    public static readonly Descriptor PruneOptionsUnfit = new("ONNXC0487", Severity.Error,
        "`prune-ffn` cannot run like that: {0}",
        """
        `share` is the part of the hidden channels to take out, from 0 to less than 1, and what is left is a multiple of `multiple`, which is 1 or more.
        """);

    public static readonly Descriptor PruningNeedsData = new("ONNXC0488", Severity.Error,
        "`prune-ffn` needs data",
        """
        Which hidden channels matter shows in their activations on samples of the user's data, and none were given. Name a file of samples for the compile.
        """);
}
