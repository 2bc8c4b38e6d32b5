namespace Onnxc.Passes;

/// <summary>A pass over the whole model at once.</summary>
public abstract class ModelPass : Pass;
