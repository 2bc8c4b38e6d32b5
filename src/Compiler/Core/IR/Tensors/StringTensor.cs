using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>A tensor of strings, kept as the bytes of the file (UTF-8 by the format's rules).</summary>
public sealed class StringTensor : TensorData
{
    public StringTensor(ImmutableArray<long> dims, ImmutableArray<byte[]> values) : base(ElementType.String, dims)
    {
        if (values.Length != ElementCount) throw new ArgumentException($"{Type} takes {ElementCount} strings, found {values.Length}", nameof(values));
        Values = values;
    }

    public ImmutableArray<byte[]> Values { get; }

    public override long ByteLength => 0;

    public override ReadOnlySpan<byte> Slice(long offset, int length) => [];

    public override bool ContentEquals(TensorData other) =>
        other is StringTensor s && Dims.AsSpan().SequenceEqual(s.Dims.AsSpan()) && Values.Zip(s.Values, (a, b) => a.AsSpan().SequenceEqual(b)).All(x => x);

    public override ulong ContentHash()
    {
        var hash = new System.IO.Hashing.XxHash3();
        foreach (var value in Values)
        {
            hash.Append(BitConverter.GetBytes(value.Length));
            hash.Append(value);
        }
        return hash.GetCurrentHashAsUInt64();
    }
}
