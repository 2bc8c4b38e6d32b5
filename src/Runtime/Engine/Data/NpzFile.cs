using System.IO.Compression;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>Reads and writes .npz archives: named tensors, in the order of the file. Also reads a single .npy, whose name is that of the file.</summary>
public static class NpzFile
{
    /// <summary>Bytes that the arrays of one file may take in memory together.</summary>
    public const long DefaultBudget = 8L << 30;

    /// <summary>Reads <paramref name="path"/>; arrays of more than <paramref name="budget"/> bytes together are refused.</summary>
    public static Result<OrderedDictionary<string, TensorData>> Read(string path, long budget = DefaultBudget)
    {
        var entry = path;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var arrays = new OrderedDictionary<string, TensorData>(StringComparer.Ordinal);
            if (Path.GetExtension(path).Equals(".npy", StringComparison.OrdinalIgnoreCase))
            {
                arrays[Path.GetFileNameWithoutExtension(path)] = NpyFormat.Read(file, file.Length, budget);
                return Result<OrderedDictionary<string, TensorData>>.Ok(arrays);
            }
            using var archive = new ZipArchive(file, ZipArchiveMode.Read);
            if (archive.Entries.Count > 100_000) return Fail(Descriptors.DataTooLarge, path, "it has more than 100,000 entries");
            foreach (var item in archive.Entries)
            {
                if (!item.FullName.EndsWith(".npy", StringComparison.OrdinalIgnoreCase)) continue;
                entry = $"{path}:{item.FullName}";
                if (item.Length > budget) return Fail(Descriptors.DataTooLarge, entry, FormattableString.Invariant($"{budget} bytes are left of the limit"));
                using var stream = item.Open();
                var tensor = NpyFormat.Read(stream, item.Length, budget);
                budget -= item.Length;
                if (!arrays.TryAdd(item.FullName[..^4], tensor)) return Fail(Descriptors.MalformedArray, entry, "the name occurs twice");
            }
            return Result<OrderedDictionary<string, TensorData>>.Ok(arrays);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return Fail(Descriptors.DataNotFound, path, e is UnauthorizedAccessException ? "access is denied" : "no such file");
        }
        catch (EndOfStreamException)
        {
            return Fail(Descriptors.MalformedArray, entry, "it ends too early");
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or OverflowException or IOException or NotSupportedException)
        {
            return Fail(Descriptors.MalformedArray, entry, e.Message);
        }
    }

    /// <summary>
    /// Writes <paramref name="arrays"/>, the same bytes for the same arrays. Types that NumPy lacks are widened: bfloat16 and float8 to
    /// float32, small integers to 8 bits.
    /// </summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, TensorData>> arrays)
    {
        var full = Path.GetFullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew))
            using (var archive = new ZipArchive(file, ZipArchiveMode.Create))
            {
                foreach (var (name, data) in arrays)
                {
                    var item = archive.CreateEntry(name + ".npy", CompressionLevel.Fastest);
                    // The zip format's first day, for reproducible bytes.
                    item.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                    using var stream = item.Open();
                    NpyFormat.Write(stream, TensorNumbers.WidenForNumpy(data));
                }
            }
            File.Move(temporary, full, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    static Result<OrderedDictionary<string, TensorData>> Fail(Descriptor descriptor, string path, string reason) =>
        Result<OrderedDictionary<string, TensorData>>.Fail(Diagnostic.Create(descriptor, null, path, reason));
}
