namespace Onnxc.Serialization;

/// <summary>Enumerates the fields of a message that is known to be well formed, since protobuf has just written it.</summary>
ref struct FieldReader(ReadOnlySpan<byte> message)
{
    readonly ReadOnlySpan<byte> message = message;
    int position;

    public Field Current { get; private set; }

    public readonly FieldReader GetEnumerator() => this;

    public bool MoveNext()
    {
        if (position >= message.Length) return false;
        var start = position;
        var tag = Varint(out var tagLength);
        var payload = position;
        switch (tag & 7)
        {
            case 0: Varint(out _); break;
            case 1: position += 8; break;
            case 5: position += 4; break;
            case 2:
                var length = (int)Varint(out _);
                payload = position;
                position += length;
                break;
            default: throw new InvalidDataException("a serialized model holds a group");
        }
        Current = new Field
        {
            Number = (int)(tag >> 3),
            IsLengthDelimited = (tag & 7) == 2,
            TagLength = tagLength,
            Whole = message[start..position],
            Payload = message[payload..position],
        };
        return true;
    }

    ulong Varint(out int length)
    {
        if (!WireFormat.TryReadVarint(message[position..], out var value, out length)) throw new InvalidDataException("a serialized model is cut off");
        position += length;
        return value;
    }

    public readonly ref struct Field
    {
        public int Number { get; init; }
        public bool IsLengthDelimited { get; init; }
        public int TagLength { get; init; }

        /// <summary>Tag, length and payload.</summary>
        public ReadOnlySpan<byte> Whole { get; init; }

        public ReadOnlySpan<byte> Payload { get; init; }
    }
}
