using System.Text;
using Onnxc.Diagnostics;

namespace Onnxc.Cli.Output;

/// <summary>Reads and writes text files, UTF-8 without a mark, with errors as values.</summary>
static class TextFile
{
    public static Result<string> Read(string path)
    {
        try
        {
            return Result<string>.Ok(File.ReadAllText(path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Result<string>.Fail(Diagnostic.Create(Descriptors.FileNotFound, null, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Result<string>.Fail(Diagnostic.Create(Descriptors.FileNotReadable, null, path, Reason(e)));
        }
    }

    /// <summary>Null when it went well.</summary>
    public static Diagnostic? Write(string path, string text) => Write(path, writer => writer.Write(text));

    /// <summary>Writes beside the target and moves into place, so that a reader never sees half a file. Null when it went well.</summary>
    public static Diagnostic? Write(string path, Action<TextWriter> write)
    {
        string? staged = null;
        try
        {
            var full = Path.GetFullPath(path);
            staged = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{Environment.ProcessId}.tmp");
            using (var writer = new StreamWriter(staged, append: false, new UTF8Encoding(false)) { NewLine = "\n" }) write(writer);
            File.Move(staged, full, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            if (File.Exists(staged)) File.Delete(staged);
            return Diagnostic.Create(Descriptors.FileNotWritable, null, path, Reason(e));
        }
    }

    // The framework's text repeats the path, which the message names already.
    static string Reason(Exception e) => e switch
    {
        DirectoryNotFoundException => "there is no such folder",
        UnauthorizedAccessException => "access is denied",
        _ => e.Message.TrimEnd('.'),
    };
}
