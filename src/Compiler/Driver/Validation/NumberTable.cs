using Onnxc.IR;

namespace Onnxc.Compilation.Validation;

/// <summary>
/// Numbers for values of several models: equal numbers mean equal values in every run (Alpern, Wegman, Zadeck: Detecting Equality of
/// Variables in Programs, 1988). Growing, and the same on every run.
/// </summary>
sealed class NumberTable
{
    readonly Dictionary<NodeKey, int> keys = [];
    readonly Dictionary<(int Node, int Output), int> outputs = [];
    readonly ConstantNumbers constants = new();
    int last;

    public int Fresh() => ++last;

    public int Of(NodeKey key) => keys.TryGetValue(key, out var number) ? number : keys[key] = Fresh();

    public int Output(int node, int output) => outputs.TryGetValue((node, output), out var number) ? number : outputs[(node, output)] = Fresh();

    public int Of(TensorData constant) => constants.Find(constant) ?? constants.Add(constant, Fresh());
}
