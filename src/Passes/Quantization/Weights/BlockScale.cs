namespace Onnxc.Passes.Quantization.Weights;

/// <summary>What the weights of a block share: the scale, and the code of zero, which only integers have.</summary>
readonly record struct BlockScale(float Scale, float Zero);
