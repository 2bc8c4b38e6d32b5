namespace Onnxc.Runtime;

/// <summary>
/// Walks the fields of one protobuf message (protobuf encoding guide: tags, varints, length-delimited payloads). Throws
/// <see cref="FormatException"/> when the bytes are not a message.
/// </summary>
ref struct WireReader(ReadOnlySpan<byte> message)
{
    readonly ReadOnlySpan<byte> message = message;

    /// <summary>Where the next field starts.</summary>
    public int Position { get; private set; }

    public int Field { get; private set; }

    /// <summary>Value of a varint or fixed-width field.</summary>
    public ulong Number { get; private set; }

    /// <summary>Payload of a length-delimited field; empty for others.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Where <see cref="Payload"/> starts.</summary>
    public int PayloadStart { get; private set; }

    public bool Next()
    {
        if (Position == message.Length) return false;
        var tag = Varint();
        if (tag >> 3 is 0 or > int.MaxValue) throw new FormatException("a field number is out of range");
        Field = (int)(tag >> 3);
        Payload = default;
        switch (tag & 7)
        {
            case 0: Number = Varint(); break;
            case 1: Number = Fixed(8); break;
            case 5: Number = Fixed(4); break;
            case 2:
                var length = Varint();
                if (length > (ulong)(message.Length - Position)) throw new FormatException("a field reaches beyond the end");
                PayloadStart = Position;
                Payload = message.Slice(Position, (int)length);
                Position += (int)length;
                break;
            default: throw new FormatException("a wire type is unknown");
        }
        return true;
    }

    ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (Position >= message.Length) throw new FormatException("it ends within a number");
            var next = message[Position++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new FormatException("a number is too long");
    }

    ulong Fixed(int width)
    {
        if (message.Length - Position < width) throw new FormatException("it ends within a number");
        ulong value = 0;
        for (var i = 0; i < width; i++) value |= (ulong)message[Position + i] << (8 * i);
        Position += width;
        return value;
    }
}
