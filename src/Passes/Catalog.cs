using Onnxc.Passes.Cleanup;
using Onnxc.Passes.Fold;
using Onnxc.Passes.Fuse;
using Onnxc.Passes.Shapes;
using Onnxc.Passes.Simplify;

namespace Onnxc.Passes;

/// <summary>Every pass of this library, in the order of their names.</summary>
public static class Catalog
{
    public static IReadOnlyList<Type> Passes { get; } =
    [
        typeof(EliminateCommonSubexpressions),
        typeof(EliminateDeadCode),
        typeof(EliminateIdentity),
        typeof(FoldConstants),
        typeof(FoldShapeArithmetic),
        typeof(FuseConvBatchNorm),
        typeof(InferShapes),
        typeof(InlineConstantIf),
        typeof(MergeTransposes),
        typeof(PruneFunctions),
        typeof(SimplifyReshapes),
    ];
}
