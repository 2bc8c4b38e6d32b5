using Onnxc.Passes.Activations;
using Onnxc.Passes.Cleanup;
using Onnxc.Passes.Clip;
using Onnxc.Passes.ControlFlow;
using Onnxc.Passes.Convert;
using Onnxc.Passes.Experts;
using Onnxc.Passes.Fold;
using Onnxc.Passes.Fuse;
using Onnxc.Passes.Interface;
using Onnxc.Passes.Outline;
using Onnxc.Passes.Quantization;
using Onnxc.Passes.Shapes;
using Onnxc.Passes.Simplify;
using Onnxc.Passes.Sparsity;
using Onnxc.Passes.Tokens;

namespace Onnxc.Passes;

/// <summary>Every pass of this library, in the order of their names.</summary>
public static class Catalog
{
    public static IReadOnlyList<Type> Passes { get; } =
    [
        typeof(ApplyRuntimeFusions),
        typeof(AssignPrecision),
        typeof(CancelTransposes),
        typeof(ClipActivations),
        typeof(ConvertOpset),
        typeof(ConvertPrecision),
        typeof(DecideIf),
        typeof(EliminateCasts),
        typeof(EliminateCommonSubexpressions),
        typeof(EliminateConstantIf),
        typeof(EliminateConstantLoop),
        typeof(EliminateConstantWhere),
        typeof(EliminateDeadCode),
        typeof(EliminateDropout),
        typeof(EliminateExpand),
        typeof(EliminateIdempotent),
        typeof(EliminateIdentity),
        typeof(EliminateNoOpArithmetic),
        typeof(EliminateNoOpViews),
        typeof(EliminateSplitConcat),
        typeof(EliminateUnusedInputs),
        typeof(EliminateUnusedOutputs),
        typeof(Equalize),
        typeof(ExtractFunctions),
        typeof(FactorExperts),
        typeof(FindExperts),
        typeof(FoldConstants),
        typeof(FoldShapeArithmetic),
        typeof(FreezeInitializers),
        typeof(FuseAfKanLinear),
        typeof(FuseAttention),
        typeof(FuseConcatIntoPad),
        typeof(FuseConvBatchNorm),
        typeof(FuseDaruan),
        typeof(FuseDaruanLinear),
        typeof(FuseDice),
        typeof(FuseDivMul),
        typeof(FuseGelu),
        typeof(FuseGemmBatchNorm),
        typeof(FuseHardSigmoid),
        typeof(FuseKanLinear),
        typeof(FuseLayerNorm),
        typeof(FuseMatMulAdd),
        typeof(FuseMish),
        typeof(FuseMultiLevel),
        typeof(FusePad),
        typeof(FusePolyNorm),
        typeof(FusePolyRelu),
        typeof(FuseRmsNorm),
        typeof(FuseScaleIntoConv),
        typeof(FuseSigmoid),
        typeof(FuseSoftmax),
        typeof(FuseWeightedEmbeddingBag),
        typeof(InferShapes),
        typeof(InlineFunctions),
        typeof(KeepOutputs),
        typeof(LowerExperts),
        typeof(MergeConcats),
        typeof(MergeGathers),
        typeof(MergePads),
        typeof(MergeSlices),
        typeof(MergeTokens),
        typeof(MergeTransposes),
        typeof(PruneFfn),
        typeof(PruneFunctions),
        typeof(Quantize),
        typeof(QuantizeExperts),
        typeof(SimplifyReshapes),
        typeof(Sparsify),
        typeof(SubstituteActivation),
        typeof(UnrollLoops),
    ];
}
