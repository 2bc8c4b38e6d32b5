using System.Collections.Immutable;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization.Proto;
using Onnxc.Text;

namespace Onnxc.Serialization;

/// <summary>External data of the text in <paramref name="file"/>, under the very checks that external data of models goes through.</summary>
sealed class ExternalText(string file) : IExternalData
{
    TensorReader? reader;

    public TensorData Open(string name, ElementType element, ImmutableArray<long> dims, IReadOnlyList<KeyValuePair<string, string>> entries)
    {
        var tensor = new TensorProto
        {
            Name = name,
            DataType = (int)element,
            Dims = { dims },
            DataLocation = TensorProto.Types.DataLocation.External,
            ExternalData = { entries.Select(e => new StringStringEntryProto { Key = e.Key, Value = e.Value }) },
        };
        reader ??= new TensorReader(new ByteSource.Memory(default), [], new ExternalDataResolver(Folder(name)), ReadOptions.Default);
        var data = reader.Read(tensor);
        // The name was for messages: what a tensor of an attribute is called is not in the text.
        tensor.ClearName();
        return data;
    }

    string Folder(string name)
    {
        try
        {
            return Path.GetDirectoryName(Path.GetFullPath(file)) ?? Path.GetPathRoot(Path.GetFullPath(file))!;
        }
        catch (ArgumentException)
        {
            throw new DiagnosticException(Diagnostic.Create(Descriptors.TextExternalData, null, name));
        }
    }
}
