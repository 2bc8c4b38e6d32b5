using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Reads a .safetensors file: the length of a header in JSON, the header, and the data that it points into.</summary>
static class SafeTensors
{
    const long MostBytes = 1L << 30;
    const long MostHeader = 16 << 20;

    public static Result<IReadOnlyDictionary<string, TensorData>> Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MostBytes) return Fail(Descriptors.DataTooLarge, path, FormattableString.Invariant($"{MostBytes} bytes are the limit"));
            return Parse(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return Fail(Descriptors.DataNotFound, path, e is UnauthorizedAccessException ? "access is denied" : "no such file");
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException or InvalidOperationException or KeyNotFoundException or IOException)
        {
            return Fail(Descriptors.MalformedArray, path, e.Message);
        }
    }

    static Result<IReadOnlyDictionary<string, TensorData>> Parse(string path, byte[] file)
    {
        if (file.Length < sizeof(ulong)) return Fail(Descriptors.MalformedArray, path, "it ends too early");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file);
        if (length > MostHeader || length > (ulong)(file.Length - sizeof(ulong))) return Fail(Descriptors.MalformedArray, path, "it ends too early");
        var data = file.AsMemory(sizeof(ulong) + (int)length);
        using var header = JsonDocument.Parse(file.AsMemory(sizeof(ulong), (int)length), new JsonDocumentOptions { MaxDepth = 8 });
        var tensors = new SortedDictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name == "__metadata__" || ElementOf(entry.Value.GetProperty("dtype").GetString()) is not { } element) continue;
            ImmutableArray<long> dims = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())];
            var (offsets, count) = (entry.Value.GetProperty("data_offsets"), TensorData.CountElements(dims));
            var (first, end) = (offsets[0].GetInt64(), offsets[1].GetInt64());
            if (count is not { } elements || first < 0 || end < first || end > data.Length || (end - first) * 8 != elements * element.BitWidth())
                return Fail(Descriptors.MalformedArray, $"{path}:{entry.Name}", "its data do not fit its shape");
            tensors[entry.Name] = new DenseTensor(element, dims, data[(int)first..(int)end].ToArray());
        }
        return Result<IReadOnlyDictionary<string, TensorData>>.Ok(tensors);
    }

    // What passes read is floating point.
    static ElementType? ElementOf(string? name) => name switch
    {
        "F64" => ElementType.Double,
        "F32" => ElementType.Float,
        "F16" => ElementType.Float16,
        "BF16" => ElementType.BFloat16,
        _ => null,
    };

    static Result<IReadOnlyDictionary<string, TensorData>> Fail(Descriptor descriptor, string path, string reason) =>
        Result<IReadOnlyDictionary<string, TensorData>>.Fail(Diagnostic.Create(descriptor, null, path, reason));
}
