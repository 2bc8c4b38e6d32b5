using Onnxc.IR;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Two values that have to be shown equal: they share a name, or stand in the same output slot (<paramref name="IsSlot"/>). What uses
/// <paramref name="Result"/> was numbered as if they were.
/// </summary>
sealed record Obligation(string Name, Value Original, Value Result, bool IsSlot);
