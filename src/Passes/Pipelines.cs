namespace Onnxc.Passes;

/// <summary>Pipelines that every pipeline may name with an <c>@</c>, by name.</summary>
public static class Pipelines
{
    public static IReadOnlyDictionary<string, BuiltInPipeline> BuiltIn { get; } =
        new SortedDictionary<string, BuiltInPipeline>(StringComparer.Ordinal)
        {
            ["aggressive"] = new(
                "freeze-initializers, apply-runtime-fusions{except=[FusedMatMul]}, repeat{max=8}(@basic, @simplify, merge-transposes, @recognize, fuse-conv-batch-norm, "
                    + "fuse-gemm-batch-norm, fuse-scale-into-conv, fuse-mat-mul-add, fuse-pad, fuse-div-mul), apply-runtime-fusions, "
                    + "repeat{max=8}(@basic), prune-functions",
                "`@default`, with initializers that are inputs as constants, and fusions that round differently."),
            ["basic"] = new(
                "fold-constants, fold-shape-arithmetic, simplify-reshapes, eliminate-identity, eliminate-common-subexpressions, eliminate-dead-code",
                "Folds constants and removes what is redundant or unused; the same bits."),
            ["default"] = new(
                "repeat{max=8}(@basic, @simplify, merge-transposes), prune-functions",
                "Every rewrite that gives the same bits, until nothing changes; what `compile` runs without a pipeline."),
            ["experts"] = new(
                "find-experts, lower-experts, prune-functions",
                "Finds layers of experts, and lowers them to what ONNX Runtime runs fast; rounds differently."),
            ["int4"] = new(
                "@default, quantize{weights=int4}",
                "Weights of matrix products and embeddings in 4 bits; activations stay as they are."),
            ["int8"] = new(
                "@default, quantize{activations=uint8}",
                "Weights and activations in 8 bits, with ranges from `--data`."),
            ["recognize"] = new(
                "fuse-layer-norm, fuse-rms-norm, fuse-gelu, fuse-hard-sigmoid, fuse-sigmoid, fuse-mish, fuse-softmax, fuse-attention",
                "Puts one operator in the place of a formula that it computes; rounds differently."),
            ["simplify"] = new(
                "decide-if, eliminate-constant-if, eliminate-constant-loop, eliminate-constant-where, eliminate-unused-outputs, eliminate-dropout, "
                    + "eliminate-casts, eliminate-no-op-arithmetic, eliminate-no-op-views, eliminate-idempotent, eliminate-expand, "
                    + "eliminate-split-concat, merge-concats, merge-gathers, fuse-concat-into-pad, merge-pads, merge-slices, cancel-transposes",
                "Removes operations that change nothing, control flow that is decided, and merges neighbours; the same bits."),
        };
}
