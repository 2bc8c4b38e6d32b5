using Onnxc.IR;

namespace Onnxc.Passes.Activations;

/// <summary>A function in the place of another one.</summary>
/// <param name="What">Family, size and parameters, for the report.</param>
/// <param name="Cost">Operations on one number, about.</param>
/// <param name="Error">Relative root mean square error on the numbers that were seen.</param>
/// <param name="Tail">Largest error beyond them.</param>
/// <param name="Emit">Makes its nodes.</param>
sealed record ActivationFit(string What, double Cost, double Error, double Tail, Func<GraphBuilder, Value, Value> Emit);
