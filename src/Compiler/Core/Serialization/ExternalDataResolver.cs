using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>
/// Opens external data, and only beneath the model's folder: relative paths without <c>..</c>, regular files, no symbolic or hard links,
/// no markers of memory addresses. Each file is mapped once.
/// </summary>
sealed class ExternalDataResolver(string? folder)
{
    readonly Dictionary<string, MappedFile> files = new(StringComparer.Ordinal);

    /// <summary>File, offset and length of the data that <paramref name="tensor"/> points to; <paramref name="expected"/> bytes are needed.</summary>
    public (MappedFile File, long Offset, long Length) Resolve(TensorProto tensor, long expected)
    {
        string? location = null;
        long offset = 0, length = expected;
        foreach (var entry in tensor.ExternalData)
        {
            switch (entry.Key)
            {
                case "location": location = entry.Value; break;
                case "offset": offset = Number(tensor, entry); break;
                case "length": length = Number(tensor, entry); break;
                // Other keys (`checksum`, and whatever tools add) are kept and never interpreted.
                default: break;
            }
        }
        if (string.IsNullOrEmpty(location)) throw Missing(tensor, "no `location` is given");
        if (length != expected) throw Missing(tensor, Invariant($"`length` is {length}, but type and dimensions take {expected} bytes"));
        var file = Open(tensor, location);
        if (offset > file.Length || length > file.Length - offset)
            throw Missing(tensor, Invariant($"`{location}` has {file.Length} bytes, but bytes {offset} to {(Int128)offset + length} are needed"));
        return (file, offset, length);
    }

    MappedFile Open(TensorProto tensor, string location)
    {
        if (files.TryGetValue(location, out var known)) return known;
        if (folder is null) throw Unsafe(tensor, location, "has no folder to lie in, since the model was not read from a file");
        if (location.Contains("_ORT_MEM_ADDR_", StringComparison.OrdinalIgnoreCase)) throw Unsafe(tensor, location, "is a marker of a memory address");
        if (location.Contains('\0', StringComparison.Ordinal)) throw Unsafe(tensor, location, "is no file name");
        var parts = location.Split('/', '\\');
        if (Path.IsPathRooted(location) || location[0] is '/' or '\\' || (location.Length > 1 && location[1] == ':')) throw Unsafe(tensor, location, "is an absolute path");
        if (parts.Contains("..")) throw Unsafe(tensor, location, "leaves the model's folder");

        var path = folder;
        foreach (var part in parts.Where(p => p.Length > 0 && p != "."))
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null) throw Unsafe(tensor, location, "goes through a symbolic link");
        }
        if (!File.Exists(path) && !Directory.Exists(path)) throw Missing(tensor, $"there is no file `{location}` beside the model");
        if (!FileFacts.IsRegularFile(path, followLinks: false)) throw Unsafe(tensor, location, "is not a regular file");
        MappedFile file;
        try
        {
            file = MappedFile.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Missing(tensor, $"`{location}` cannot be read: {e.Message}");
        }
        // Checked on the open file, so that it cannot be exchanged in between.
        if (FileFacts.LinkCount(file.Handle) > 1) throw Unsafe(tensor, location, "is a hard link: another name of the file lies elsewhere");
        return files[location] = file;
    }

    static long Number(TensorProto tensor, StringStringEntryProto entry) =>
        long.TryParse(entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Missing(tensor, $"`{entry.Key}` is `{entry.Value}`, which is no number of bytes");

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    static DiagnosticException Missing(TensorProto tensor, string what) =>
        new(Diagnostic.Create(Descriptors.MissingExternalData, null, tensor.Name, what));

    static DiagnosticException Unsafe(TensorProto tensor, string location, string what) =>
        new(Diagnostic.Create(Descriptors.UnsafeExternalPath, null, tensor.Name, location, what).WithHelp("copy the data into a file of its own beside the model"));
}
