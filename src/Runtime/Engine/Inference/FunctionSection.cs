using Onnxc.IR;
using Onnxc.Serialization;

namespace Onnxc.Runtime;

/// <summary>
/// The functions of a model in serialized form, to be appended to another model: parts of one protobuf message that follow each other
/// are merged by every reader.
/// </summary>
public sealed class FunctionSection
{
    const int FunctionsField = 25;

    readonly WeakReference<Model?> latest = new(null);
    long revision;
    byte[] bytes = [];

    internal byte[] Of(Model model)
    {
        if (model.Functions.Count == 0) return [];
        if (latest.TryGetTarget(out var known) && ReferenceEquals(known, model) && revision == model.Revision) return bytes;
        var whole = ModelWriter.ToBytes(model, static _ => true);
        var section = new MemoryStream();
        var reader = new WireReader(whole);
        var start = 0;
        while (reader.Next())
        {
            if (reader.Field == FunctionsField) section.Write(whole, start, reader.Position - start);
            start = reader.Position;
        }
        latest.SetTarget(model);
        (revision, bytes) = (model.Revision, section.ToArray());
        return bytes;
    }
}
