namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor BadSparsifyOption = new("ONNXC0381", Severity.Error, "`{0}` of `sparsify` {1}",
        "`onnxc passes sparsify` lists what each option takes.");

    public static readonly Descriptor SparsifyNeedsData = new("ONNXC0382", Severity.Error, "`predicate={0}` of `sparsify` needs data",
        """
        Which neurons are idle is learned from samples. Give some with `--data DATA`, an .npz keyed by input name with samples along the first axis. Without
        data `zeros`, `top-k` and `statistical-top-k` find out for every token by itself.
        """);

    public static readonly Descriptor Sparsified = new("ONNXC0383", Severity.Note, "`sparsify`: {0}",
        """
        The largest sparsity that keeps `--max-drop` and `perplexity` on the data of `--data`, by bisection. The perplexity is that which the model's own
        probabilities expect: it grows by the mean divergence of the new scores from the old ones.
        """);

    public static readonly Descriptor NoFfnBlocks = new("ONNXC0384", Severity.Error, "the model has no feed-forward block",
        """
        A feed-forward block is a product with constant weights of an activation of a product, or of that times another product: `MatMul` or `Gemm`, with Relu,
        Gelu, SiLU and their like, as one operator or spelled out.
        """);

    public static readonly Descriptor SparseBreakEven = new("ONNXC0385", Severity.Note, "`sparsify`: {0:p0} of what is read is needed, which pays up to about {1} rows at a time",
        """
        Rows, of a batch and of a sequence, have other idle neurons, and each weight that one of them needs is read; a dense product reads it once for all. Both
        take the same time at about share^-1.5 rows, as benchmarks/RESULTS-sparse.md has it for float32 on one thread; with quantized weights it is fewer. Above
        that, compile without `sparsify`. With `--data` the model is timed on its samples, and left alone where it does not get faster.
        """);
}
