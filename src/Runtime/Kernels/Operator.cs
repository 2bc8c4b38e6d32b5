namespace Onnxc.Kernels;

/// <summary>An operator of the domain <c>ai.onnxc</c> as ONNX Runtime sees it: a name, inputs, and kernels for its nodes.</summary>
abstract class Operator
{
    /// <summary>All operators, in the order of names.</summary>
    public static IReadOnlyList<Operator> All { get; } =
        [
            new AfKanLinear(), new BipartiteMerge(), new ClippedActivation(), new Daruan(), new DaruanLinear(), new Dice(), new KanLinear(), new LutMatMul(),
            new MaskedGemv(), new MaskedGemvNBits(), new ModulatedMerge(), new MultiLevelActivation(), new PolyNorm(), new PolyReLU(), new SparseGatedFfn(), new SparseGatedFfnNBits(),
            new SplineActivation(), new StatisticalTopK(), new WeightedEmbeddingBag(),
        ];

    public string Name => GetType().Name;

    public virtual int InputCount => 1;

    public virtual int OutputCount => 1;

    /// <summary>The element type of an input that is not of the type of the others; 0 where it is.</summary>
    public virtual int ElementOf(int input) => 0;

    /// <summary>True when there is one output, which has the shape of input 0 and may lie where that lies.</summary>
    public virtual bool IsShapedLikeInput => true;

    /// <summary>Where it is not: the input, and its axis, whose extent is the last one of the output.</summary>
    public virtual (int Input, int Axis) Columns => (1, 0);

    /// <summary>The kernel of a node; throws <see cref="KernelException"/> for a wrong attribute.</summary>
    public abstract Kernel Create(Attributes attributes);

    /// <summary>The kernel of a node on a GPU; only asked for when there is a <c>Cuda/*.cu</c> with the operator's name.</summary>
    public virtual CudaKernel CreateCuda(Attributes attributes) => throw new NotSupportedException($"{attributes.Subject} has no kernel for GPUs");
}
