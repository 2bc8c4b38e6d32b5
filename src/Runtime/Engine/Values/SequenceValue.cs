using System.Collections.Immutable;

namespace Onnxc.Runtime;

public sealed class SequenceValue(ImmutableArray<RuntimeValue> items) : RuntimeValue
{
    public ImmutableArray<RuntimeValue> Items { get; } = items;

    public override bool ContentEquals(RuntimeValue other) =>
        other is SequenceValue s && Items.Length == s.Items.Length && Items.Zip(s.Items, (a, b) => a.ContentEquals(b)).All(x => x);

    public override string ToString() => $"seq({Items.Length})";
}
