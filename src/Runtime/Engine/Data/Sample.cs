namespace Onnxc.Runtime;

/// <summary>Inputs of one run, and what the outputs should be where the data says so. Keys are names of inputs and outputs.</summary>
public sealed record Sample(IReadOnlyDictionary<string, RuntimeValue> Inputs, IReadOnlyDictionary<string, RuntimeValue> Expected)
{
    public static readonly IReadOnlyDictionary<string, RuntimeValue> NothingExpected = new Dictionary<string, RuntimeValue>();
}
