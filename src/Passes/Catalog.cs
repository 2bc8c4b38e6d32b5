using Onnxc.Passes.Cleanup;
using Onnxc.Passes.ControlFlow;
using Onnxc.Passes.Fold;
using Onnxc.Passes.Fuse;
using Onnxc.Passes.Interface;
using Onnxc.Passes.Shapes;
using Onnxc.Passes.Simplify;

namespace Onnxc.Passes;

/// <summary>Every pass of this library, in the order of their names.</summary>
public static class Catalog
{
    public static IReadOnlyList<Type> Passes { get; } =
    [
        typeof(EliminateCasts),
        typeof(EliminateCommonSubexpressions),
        typeof(EliminateConstantIf),
        typeof(EliminateConstantLoop),
        typeof(EliminateDeadCode),
        typeof(EliminateDropout),
        typeof(EliminateIdempotent),
        typeof(EliminateIdentity),
        typeof(EliminateNoOpArithmetic),
        typeof(EliminateSplitConcat),
        typeof(EliminateUnusedOutputs),
        typeof(FoldConstants),
        typeof(FoldShapeArithmetic),
        typeof(FuseAttention),
        typeof(FuseConvBatchNorm),
        typeof(FuseGelu),
        typeof(FuseGemmBatchNorm),
        typeof(FuseHardSigmoid),
        typeof(FuseLayerNorm),
        typeof(FuseMatMulAdd),
        typeof(FuseMish),
        typeof(FusePad),
        typeof(FuseRmsNorm),
        typeof(FuseScaleIntoConv),
        typeof(FuseSigmoid),
        typeof(FuseSoftmax),
        typeof(InferShapes),
        typeof(InlineFunctions),
        typeof(KeepOutputs),
        typeof(MergeConcats),
        typeof(MergePads),
        typeof(MergeTransposes),
        typeof(PruneFunctions),
        typeof(SimplifyReshapes),
    ];
}
