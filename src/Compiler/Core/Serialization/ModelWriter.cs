using Google.Protobuf;
using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization.Proto;

namespace Onnxc.Serialization;

/// <summary>Writes models: streamed, weights straight from the file they lie in, beside the target and then moved into place.</summary>
public static class ModelWriter
{
    /// <summary>Writes <paramref name="model"/> to <paramref name="path"/>, which may be the file it was read from. Null when it went well.</summary>
    public static Diagnostic? Write(Model model, string path, WriteOptions? options = null)
    {
        var staged = Stage(model, path, options);
        if (!staged.IsOk) return staged.Diagnostics[0];
        using (staged.Value) return staged.Value.Commit();
    }

    /// <summary>Writes the model beside <paramref name="path"/>; <see cref="StagedModel.Commit"/> moves it there.</summary>
    public static Result<StagedModel> Stage(Model model, string path, WriteOptions? options = null)
    {
        options ??= WriteOptions.Default;
        var target = Path.GetFullPath(path);
        var folder = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetFileName(target)}.{Path.GetRandomFileName()}");
        StagedModel? staged = null;
        try
        {
            if (Directory.Exists(target)) return Fail(path, "it is a folder");
            if (!Directory.Exists(Path.GetDirectoryName(target))) return Fail(path, "its folder does not exist");
            var names = new NameAssignment(model);
            var dataName = Path.GetFileName(target) + ".data";
            var external = LayoutFor(model, options, dataName);
            var (splicer, length) = Prepare(model, names, external);
            if (length > options.MaxFileBytes && options.ExternalData == ExternalDataMode.Auto)
            {
                external = new ExternalLayout(dataName, Large(options));
                (splicer, length) = Prepare(model, names, external);
            }
            if (length > options.MaxFileBytes) return Result<StagedModel>.Fail(Diagnostic.Create(Descriptors.TooLargeForOneFile, null, length));

            Directory.CreateDirectory(folder);
            var hasData = external is { Order.Count: > 0 };
            staged = new StagedModel(folder, target, hasData ? [dataName, Path.GetFileName(target)] : [Path.GetFileName(target)]);
            using (var sink = Create(staged.Path)) splicer.WriteTo(sink);
            if (hasData)
            {
                using var sink = Create(Path.Combine(folder, dataName));
                foreach (var (data, offset) in external!.Order)
                {
                    sink.PadTo(offset);
                    sink.Write(data);
                }
            }
            return Result<StagedModel>.Ok(staged);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            staged?.Dispose();
            return Fail(path, e.Message);
        }
    }

    /// <summary>
    /// The model as one array, external data included. Initializers for which <paramref name="omitInitializer"/> holds become typed graph
    /// inputs, which keeps weights out of models made for inference of types.
    /// </summary>
    public static byte[] ToBytes(Model model, Func<Value, bool>? omitInitializer = null)
    {
        var (splicer, length) = Prepare(model, new NameAssignment(model), null, omitInitializer);
        if (length > int.MaxValue) throw new DiagnosticException(Diagnostic.Create(Descriptors.TooLargeForOneFile, null, length));
        var sink = new MemorySink((int)length);
        splicer.WriteTo(sink);
        return sink.Bytes;
    }

    static (RawDataSplicer Splicer, long Length) Prepare(Model model, NameAssignment names, ExternalLayout? external, Func<Value, bool>? omitInitializer = null)
    {
        var tensors = new TensorWriter(external);
        var proto = ToProto(model, names, tensors, omitInitializer);
        var size = proto.CalculateSize();
        var skeleton = new byte[size];
        proto.WriteTo(skeleton.AsSpan());
        var splicer = new RawDataSplicer(skeleton, tensors.Payloads);
        return (splicer, splicer.Measure());
    }

    static ModelProto ToProto(Model model, NameAssignment names, TensorWriter tensors, Func<Value, bool>? omitInitializer)
    {
        var origin = model.Origin as ModelOrigin;
        var proto = origin?.Skeleton.Clone() ?? new ModelProto();
        // Training graphs still hold the markers of the reader: its payloads keep their indices, ours follow.
        if (origin is not null && model.HasTrainingInfo) tensors.Payloads.AddRange(origin.Training.All);
        if (origin is null || proto.IrVersion != model.IrVersion) proto.IrVersion = model.IrVersion;
        OpsetCodec.Write(model.Opsets, proto.OpsetImport);
        if (model.ProducerName is not null) proto.ProducerName = model.ProducerName;
        if (model.ProducerVersion is not null) proto.ProducerVersion = model.ProducerVersion;
        if (model.Domain is not null) proto.Domain = model.Domain;
        if (model.ModelVersion is { } version) proto.ModelVersion = version;
        if (model.DocString is not null) proto.DocString = model.DocString;
        if (!model.Metadata.SequenceEqual(GraphReader.Pairs(proto.MetadataProps)))
        {
            proto.MetadataProps.Clear();
            proto.MetadataProps.AddRange(model.Metadata.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }));
        }
        var graphs = new GraphWriter(names, tensors, omitInitializer);
        proto.Graph = graphs.Write(model.Main);
        foreach (var function in model.Functions) proto.Functions.Add(graphs.Write(function));
        return proto;
    }

    static ExternalLayout? LayoutFor(Model model, WriteOptions options, string location)
    {
        static bool WasExternal(TensorData data) => data.Origin is TensorProto { DataLocation: TensorProto.Types.DataLocation.External };
        switch (options.ExternalData)
        {
            case ExternalDataMode.Never: return null;
            case ExternalDataMode.Always: return new ExternalLayout(location, Large(options));
            default:
                var anyExternal = model.Bodies().SelectMany(b => b.Initializers).Any(v => WasExternal(v.Initializer!));
                var large = Large(options);
                // Weights that a pass has made join those that were external before.
                return anyExternal ? new ExternalLayout(location, d => WasExternal(d) || (d.Origin is null && large(d))) : null;
        }
    }

    static Func<TensorData, bool> Large(WriteOptions options) =>
        data => data is not (StringTensor or SparseTensor) && data.ByteLength >= options.ExternalThreshold;

    static FileSink Create(string path) => new(File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read));

    static Result<StagedModel> Fail(string path, string why) => Result<StagedModel>.Fail(Diagnostic.Create(Descriptors.CannotWrite, null, path, why));
}
