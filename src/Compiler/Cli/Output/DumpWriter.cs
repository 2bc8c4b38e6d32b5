using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.Passes;
using Onnxc.Text;

namespace Onnxc.Cli.Output;

/// <summary>Writes the model after each pass as text: <c>003-fold-constants.onnxtxt</c>. The data of larger tensors is left out.</summary>
sealed class DumpWriter(string? folder)
{
    const long MostElements = 64;
    readonly List<Diagnostic> failures = [];

    public IReadOnlyList<Diagnostic> Failures => failures;

    public void Write(PassDump dump)
    {
        // One failure is enough to know that the folder cannot be written.
        if (folder is null || failures.Count > 0) return;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            failures.Add(Diagnostic.Create(Descriptors.FileNotWritable, null, folder, e.Message.TrimEnd('.')));
            return;
        }
        var name = string.Create(CultureInfo.InvariantCulture, $"{dump.Number:000}-{dump.Pass}.onnxtxt");
        var options = new PrintOptions { MaxElements = MostElements };
        if (TextFile.Write(Path.Combine(folder, name), writer => OnnxPrinter.Print(dump.Model, writer, options)) is { } failure) failures.Add(failure);
    }
}
