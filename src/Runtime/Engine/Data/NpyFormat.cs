using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>
/// NumPy's .npy format, versions 1 to 3 (numpy.lib.format): C and Fortran order, both byte orders, booleans, integers, floats, complex
/// numbers, and strings of fixed width. Reading throws <see cref="FormatException"/> with the reason.
/// </summary>
static partial class NpyFormat
{
    [GeneratedRegex(@"^\s*\{\s*(?:'(?<key>\w+)'\s*:\s*(?<value>'[^']*'|True|False|\([0-9,\s]*\))\s*,?\s*)*\}\s*$", RegexOptions.CultureInvariant)]
    static partial Regex HeaderShape { get; }

    /// <summary>Reads the stream to the end of the array and no further.</summary>
    public static TensorData Read(Stream stream, long length, long maxBytes)
    {
        var start = new byte[8];
        stream.ReadExactly(start);
        if (start[0] != 0x93 || !start.AsSpan(1, 5).SequenceEqual("NUMPY"u8)) throw new FormatException("it does not start with the mark of .npy");
        if (start[6] is < 1 or > 3) throw new FormatException(FormattableString.Invariant($"format version {start[6]} is unknown"));
        var size = new byte[start[6] == 1 ? 2 : 4];
        stream.ReadExactly(size);
        var headerLength = size.Length == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        // NumPy itself refuses headers above 10,000 characters.
        if (headerLength > 65_536) throw new FormatException("the header is too long");
        var header = new byte[headerLength];
        stream.ReadExactly(header);
        var (type, fortran, dims) = ParseHeader(Encoding.UTF8.GetString(header));
        var count = TensorData.CountElements(dims) ?? throw new FormatException("the extents overflow");
        var (kind, width, big) = ParseType(type);
        var bytes = Int128.CreateChecked(count) * width;
        var prefix = start.Length + size.Length + (long)headerLength;
        if (bytes > maxBytes || bytes > Array.MaxLength) throw new FormatException(FormattableString.Invariant($"{bytes} bytes are above the limit"));
        if (length >= 0 && bytes != length - prefix)
            throw new FormatException(FormattableString.Invariant($"the header asks for {bytes} bytes, the file holds {length - prefix}"));
        var data = ReadAll(stream, (int)bytes);
        if (fortran && dims.Length > 1) data = ToRowMajor(data, dims, width);
        return Decode(kind, width, big, dims, data);
    }

    // The buffer grows with what really arrives, so that a header alone cannot make us allocate what the file does not hold.
    static byte[] ReadAll(Stream stream, int count)
    {
        const int Step = 1 << 24;
        var data = new byte[Math.Min(count, Step)];
        for (var filled = 0; filled < count;)
        {
            if (filled == data.Length) Array.Resize(ref data, (int)Math.Min(count, (long)data.Length * 2));
            stream.ReadExactly(data, filled, data.Length - filled);
            filled = data.Length;
        }
        return data;
    }

    static (string Type, bool Fortran, ImmutableArray<long> Dims) ParseHeader(string header)
    {
        var match = HeaderShape.Match(header);
        if (!match.Success) throw new FormatException("the header is not a dictionary of descr, fortran_order and shape");
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in match.Groups["key"].Captures.Zip(match.Groups["value"].Captures)) values[key.Value] = value.Value;
        if (!values.TryGetValue("descr", out var type) || !values.TryGetValue("fortran_order", out var order)
            || !values.TryGetValue("shape", out var shape) || type[0] != '\'' || shape[0] != '(' || order is not ("True" or "False"))
            throw new FormatException("the header lacks descr, fortran_order or shape");
        var dims = ImmutableArray.CreateBuilder<long>();
        foreach (var part in shape[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            dims.Add(long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var extent) ? extent : throw new FormatException($"`{part}` is not an extent"));
        if (dims.Count > 32) throw new FormatException("it has more than 32 axes");
        return (type[1..^1], order == "True", dims.ToImmutable());
    }

    static (char Kind, int Width, bool Big) ParseType(string type)
    {
        if (type.Length < 3 || type[0] is not ('<' or '>' or '|' or '=')
            || !int.TryParse(type.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var width) || width > 1 << 20)
            throw new FormatException($"element type `{type}` is not supported");
        var kind = type[1];
        var known = (kind, width) is ('b', 1) or ('i' or 'u', 1 or 2 or 4 or 8) or ('f', 2 or 4 or 8) or ('c', 8 or 16) || kind is 'U' or 'S';
        if (!known) throw new FormatException($"element type `{type}` is not supported");
        return (kind, kind == 'U' ? checked(width * 4) : width, type[0] == '>');
    }

    static byte[] ToRowMajor(byte[] data, ImmutableArray<long> dims, int width)
    {
        var result = new byte[data.Length];
        var strides = new long[dims.Length];
        for (var (axis, stride) = (0, (long)width); axis < dims.Length; stride *= dims[axis++]) strides[axis] = stride;
        var index = new long[dims.Length];
        long source = 0;
        for (long target = 0; target < result.Length; target += width)
        {
            Buffer.BlockCopy(data, (int)source, result, (int)target, width);
            for (var axis = dims.Length - 1; axis >= 0; axis--)
            {
                source += strides[axis];
                if (++index[axis] < dims[axis]) break;
                source -= strides[axis] * dims[axis];
                index[axis] = 0;
            }
        }
        return result;
    }

    static TensorData Decode(char kind, int width, bool big, ImmutableArray<long> dims, byte[] data)
    {
        if (kind is 'U' or 'S') return DecodeStrings(kind, width, big, dims, data);
        if (big && width > 1)
        {
            var part = kind == 'c' ? width / 2 : width;
            for (var i = 0; i < data.Length; i += part) data.AsSpan(i, part).Reverse();
        }
        if (kind == 'b')
            for (var i = 0; i < data.Length; i++) data[i] = data[i] == 0 ? (byte)0 : (byte)1;
        var element = (kind, width) switch
        {
            ('b', _) => ElementType.Bool,
            ('i', 1) => ElementType.Int8,
            ('i', 2) => ElementType.Int16,
            ('i', 4) => ElementType.Int32,
            ('i', _) => ElementType.Int64,
            ('u', 1) => ElementType.UInt8,
            ('u', 2) => ElementType.UInt16,
            ('u', 4) => ElementType.UInt32,
            ('u', _) => ElementType.UInt64,
            ('f', 2) => ElementType.Float16,
            ('f', 4) => ElementType.Float,
            ('f', _) => ElementType.Double,
            ('c', 8) => ElementType.Complex64,
            _ => ElementType.Complex128,
        };
        return new DenseTensor(element, dims, data);
    }

    static StringTensor DecodeStrings(char kind, int width, bool big, ImmutableArray<long> dims, byte[] data)
    {
        var count = (int)TensorData.CountElements(dims)!;
        var values = ImmutableArray.CreateBuilder<byte[]>(count);
        var encoding = new UTF32Encoding(big, false, throwOnInvalidCharacters: true);
        for (var i = 0; i < count; i++)
        {
            var item = data.AsSpan(i * width, width);
            try
            {
                // NumPy pads with zeros, and drops them when it reads.
                values.Add(kind == 'S' ? item.TrimEnd((byte)0).ToArray() : Encoding.UTF8.GetBytes(encoding.GetString(item).TrimEnd('\0')));
            }
            catch (ArgumentException)
            {
                throw new FormatException("a string has characters that do not exist");
            }
        }
        return new StringTensor(dims, values.MoveToImmutable());
    }

    /// <summary>Writes version 1 in C order. bfloat16 and types below 8 bits, which NumPy lacks, must be converted before.</summary>
    public static void Write(Stream stream, TensorData data)
    {
        var (type, payload) = data is StringTensor text ? EncodeStrings(text) : (TypeName(data.Element), null);
        var shape = data.Dims.Length == 1
            ? string.Create(CultureInfo.InvariantCulture, $"({data.Dims[0]},)")
            : $"({string.Join(", ", data.Dims.Select(d => d.ToString(CultureInfo.InvariantCulture)))})";
        var header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}";
        // The data starts at a multiple of 64 bytes, after magic, version, length and a newline.
        header = header.PadRight(header.Length + (64 - (11 + header.Length) % 64) % 64) + "\n";
        stream.Write([0x93, .. "NUMPY"u8, 1, 0]);
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
        stream.Write(length);
        stream.Write(Encoding.ASCII.GetBytes(header));
        if (payload is not null) stream.Write(payload);
        const int Chunk = 1 << 24;
        for (long offset = 0; offset < data.ByteLength; offset += Chunk) stream.Write(data.Slice(offset, (int)Math.Min(Chunk, data.ByteLength - offset)));
    }

    static string TypeName(ElementType element) => element switch
    {
        ElementType.Bool => "|b1",
        ElementType.Int8 => "|i1",
        ElementType.Int16 => "<i2",
        ElementType.Int32 => "<i4",
        ElementType.Int64 => "<i8",
        ElementType.UInt8 => "|u1",
        ElementType.UInt16 => "<u2",
        ElementType.UInt32 => "<u4",
        ElementType.UInt64 => "<u8",
        ElementType.Float16 => "<f2",
        ElementType.Float => "<f4",
        ElementType.Double => "<f8",
        ElementType.Complex64 => "<c8",
        ElementType.Complex128 => "<c16",
        _ => throw new NotSupportedException($"NumPy has no element type {element.Name()}"),
    };

    static (string Type, byte[] Payload) EncodeStrings(StringTensor text)
    {
        var strings = text.Values.Select(Encoding.UTF8.GetString).ToArray();
        var width = Math.Max(1, strings.Max(s => (int?)s.EnumerateRunes().Count()) ?? 1);
        var payload = new byte[checked(strings.Length * width * 4)];
        for (var i = 0; i < strings.Length; i++)
        {
            var target = MemoryMarshal.Cast<byte, uint>(payload.AsSpan(i * width * 4, width * 4));
            foreach (var rune in strings[i].EnumerateRunes())
            {
                target[0] = (uint)rune.Value;
                target = target[1..];
            }
        }
        return (string.Create(CultureInfo.InvariantCulture, $"<U{width}"), payload);
    }
}
