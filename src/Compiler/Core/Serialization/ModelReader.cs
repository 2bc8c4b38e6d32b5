using Google.Protobuf;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>
/// Reads models. The file is mapped, its weights stay in the map, and everything else that the format holds is kept, so that an
/// untouched model is written back field for field.
/// </summary>
public static class ModelReader
{
    // Four messages lie between a graph and the graph nested in it; types nest as well.
    const int MessagesPerNesting = 4;

    /// <summary>Reads the model at <paramref name="path"/>; external data is looked for beneath its folder.</summary>
    public static Result<Model> Read(string path, ReadOptions? options = null)
    {
        try
        {
            if (!File.Exists(path)) return Result<Model>.Fail(Diagnostic.Create(Descriptors.FileNotFound, null, path));
            if (!FileFacts.IsRegularFile(path))
                return Result<Model>.Fail(Diagnostic.Create(Descriptors.FileNotReadable, null, path, "it is not a regular file"));
            var full = Path.GetFullPath(path);
            return Read(new ByteSource.Mapped(MappedFile.Open(full)), full, options ?? ReadOptions.Default);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Result<Model>.Fail(Diagnostic.Create(Descriptors.FileNotReadable, null, path, e.Message));
        }
    }

    /// <summary>Reads a model from memory; it cannot have external data.</summary>
    public static Result<Model> Read(ReadOnlyMemory<byte> bytes, ReadOptions? options = null) =>
        Read(new ByteSource.Memory(bytes), null, options ?? ReadOptions.Default);

    static Result<Model> Read(ByteSource source, string? path, ReadOptions options)
    {
        try
        {
            return Result<Model>.Ok(Parse(source, path, options));
        }
        catch (DiagnosticException e)
        {
            var diagnostic = e.Diagnostic.Location is ModelLocation { File: null } place ? e.Diagnostic with { Location = place with { File = path } } : e.Diagnostic;
            return Result<Model>.Fail(diagnostic.Location is null ? diagnostic with { Location = new ModelLocation(path, "") } : diagnostic);
        }
        catch (InvalidProtocolBufferException e)
        {
            return Result<Model>.Fail(Diagnostic.Create(Descriptors.MalformedFile, new ModelLocation(path, ""), LowerFirst(e.Message)));
        }
    }

    static Model Parse(ByteSource source, string? path, ReadOptions options)
    {
        if (source.Length == 0) throw Empty("it is empty");
        var extractor = new RawDataExtractor(source, options.MaxNesting);
        var skeleton = extractor.Extract();
        var proto = new ModelProto();
        using (var input = CodedInputStream.CreateWithLimits(AsStream(skeleton), int.MaxValue, (options.MaxNesting + 2) * MessagesPerNesting))
            proto.MergeFrom(input);
        if (proto.Graph is null) throw Empty("`graph` is missing");

        var model = new Model(proto.IrVersion, OpsetCodec.Read(proto.OpsetImport))
        {
            SourcePath = path,
            ProducerName = proto.HasProducerName ? proto.ProducerName : null,
            ProducerVersion = proto.HasProducerVersion ? proto.ProducerVersion : null,
            Domain = proto.HasDomain ? proto.Domain : null,
            ModelVersion = proto.HasModelVersion ? proto.ModelVersion : null,
            DocString = proto.HasDocString ? proto.DocString : null,
            Metadata = GraphReader.Pairs(proto.MetadataProps),
            HasTrainingInfo = proto.TrainingInfo.Count > 0,
        };
        var tensors = new TensorReader(source, extractor.Payloads, new ExternalDataResolver(Path.GetDirectoryName(path)), options);
        var graphs = new GraphReader(tensors, options);
        foreach (var function in proto.Functions) ReadFunction(function, model, graphs);
        graphs.ReadMain(proto.Graph, model.Main);
        CallGraph.Check(model, options.MaxExpandedNodes);
        var training = new TrainingInfoPayloads(source, extractor.Payloads);
        proto.Graph = null;
        proto.Functions.Clear();
        model.Origin = new ModelOrigin(proto, training);
        model.Revision = 0;
        return model;
    }

    static void ReadFunction(FunctionProto proto, Model model, GraphReader graphs)
    {
        var id = new OpId(proto.Domain, proto.Name, proto.Overload);
        if (model.Functions[id] is not null) throw new DiagnosticException(Diagnostic.Create(Descriptors.DuplicateFunction, null, id));
        var function = model.AddFunction(id, OpsetCodec.Read(proto.OpsetImport));
        function.DocString = proto.HasDocString ? proto.DocString : null;
        graphs.ReadFunction(proto, function);
        proto.Input.Clear();
        proto.Output.Clear();
        proto.Node.Clear();
        proto.Attribute.Clear();
        proto.AttributeProto.Clear();
        proto.ValueInfo.Clear();
        function.Origin = proto;
    }

    static MemoryStream AsStream(ReadOnlyMemory<byte> bytes) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray());

    static string LowerFirst(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');

    static DiagnosticException Empty(string what) => new(Diagnostic.Create(Descriptors.EmptyModel, null, what));
}
