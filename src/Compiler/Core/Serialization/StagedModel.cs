using Onnxc.Diagnostics;

namespace Onnxc.Serialization;

/// <summary>
/// A model written into a folder of its own beside its target, ready to be checked and then moved into place. Disposing removes what was
/// not committed, so that a failure leaves nothing behind.
/// </summary>
public sealed class StagedModel : IDisposable
{
    readonly string folder;
    readonly string target;
    readonly IReadOnlyList<string> files;

    internal StagedModel(string folder, string target, IReadOnlyList<string> files) => (this.folder, this.target, this.files) = (folder, target, files);

    /// <summary>Where the model lies until it is committed; it can be loaded from there, external data included.</summary>
    public string Path => System.IO.Path.Combine(folder, System.IO.Path.GetFileName(target));

    /// <summary>Bytes of the model file and its external data.</summary>
    public long Bytes => files.Sum(f => new FileInfo(System.IO.Path.Combine(folder, f)).Length);

    /// <summary>Moves the files into place, the model last: until then the target is what it was before.</summary>
    public Diagnostic? Commit()
    {
        try
        {
            var home = System.IO.Path.GetDirectoryName(target)!;
            foreach (var file in files) File.Move(System.IO.Path.Combine(folder, file), System.IO.Path.Combine(home, file), overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Diagnostic.Create(Descriptors.CannotWrite, null, target, e.Message);
        }
    }

    public void Dispose()
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be removed is a hidden folder beside the target: ugly, but no reason to fail a finished compile.
        }
    }
}
