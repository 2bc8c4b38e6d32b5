using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Onnxc.Diagnostics;
using Onnxc.Runtime.Native;

namespace Onnxc.Runtime;

/// <summary>
/// A model loaded into ONNX Runtime: the only owner of sessions. Runs may overlap; <see cref="Dispose"/> must not overlap a run.
/// </summary>
public sealed class OrtModel : IDisposable
{
    readonly Location? location;
    readonly Dictionary<string, nint> names = new(StringComparer.Ordinal);
    nint session;

    OrtModel(nint session, Location? location)
    {
        (this.session, this.location) = (session, location);
        Inputs = [.. Enumerable.Range(0, OrtTable.InputCount(session))
            .Select(i => new ModelPort(OrtTable.InputName(session, i), OrtTypes.Take(OrtTable.InputType(session, i))))];
        Outputs = [.. Enumerable.Range(0, OrtTable.OutputCount(session))
            .Select(i => new ModelPort(OrtTable.OutputName(session, i), OrtTypes.Take(OrtTable.OutputType(session, i))))];
        foreach (var port in Inputs.Concat(Outputs))
            if (!names.ContainsKey(port.Name)) names[port.Name] = Marshal.StringToCoTaskMemUTF8(port.Name);
    }

    ~OrtModel() => Free();

    /// <summary>Inputs that have to be fed, in the model's order. Initializers that a caller may override are not among them.</summary>
    public ImmutableArray<ModelPort> Inputs { get; }

    public ImmutableArray<ModelPort> Outputs { get; }

    /// <summary>Loads a file; external data is looked for beside it.</summary>
    public static Result<OrtModel> Load(string path, SessionSettings? settings = null)
    {
        var location = new ModelLocation(path, "");
        return File.Exists(path)
            ? Load(path, default, settings, location)
            : Result<OrtModel>.Fail(Diagnostic.Create(Descriptors.ModelNotLoadable, location, "no such file"));
    }

    /// <summary>Loads a model from memory, which may be released afterwards.</summary>
    public static Result<OrtModel> Load(ReadOnlyMemory<byte> bytes, SessionSettings? settings = null) =>
        Load(null, bytes, settings, null);

    static Result<OrtModel> Load(string? path, ReadOnlyMemory<byte> bytes, SessionSettings? settings, Location? location)
    {
        try
        {
            var handle = SessionFactory.Open(path, bytes, settings ?? SessionSettings.Default, location);
            try
            {
                return Result<OrtModel>.Ok(new OrtModel(handle, location));
            }
            catch
            {
                OrtTable.ReleaseSession(handle);
                throw;
            }
        }
        catch (DiagnosticException e)
        {
            return Result<OrtModel>.Fail(e.Diagnostic);
        }
        catch (Exception e) when (e is OrtException or OnnxRuntimeException)
        {
            return Result<OrtModel>.Fail(Diagnostic.Create(Descriptors.ModelNotLoadable, location, OrtMessage.Clean(e.Message)));
        }
    }

    /// <summary>
    /// Runs the model once. <paramref name="outputs"/> names the wanted ones, all when null; the result is keyed by name. A run that takes
    /// longer than <paramref name="timeout"/> is stopped between two nodes.
    /// </summary>
    public Result<IReadOnlyDictionary<string, RuntimeValue>> Run(IReadOnlyDictionary<string, RuntimeValue> inputs,
        IReadOnlyList<string>? outputs = null, TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        var prepared = Prepare(inputs, outputs);
        if (!prepared.IsOk) return Result<IReadOnlyDictionary<string, RuntimeValue>>.Fail(prepared.Diagnostics);
        using var run = prepared.Value;
        if (run.Execute(timeout, cancellation) is { } failure) return Result<IReadOnlyDictionary<string, RuntimeValue>>.Fail(failure);
        return run.Read();
    }

    /// <summary>Copies the inputs into ONNX Runtime once, for a run that is repeated and timed.</summary>
    public Result<PreparedRun> Prepare(IReadOnlyDictionary<string, RuntimeValue> inputs, IReadOnlyList<string>? outputs = null)
    {
        ObjectDisposedException.ThrowIf(session == 0, this);
        if (CheckNames(inputs, outputs) is { } error) return Result<PreparedRun>.Fail(error);
        var handles = new List<nint>();
        try
        {
            foreach (var port in Inputs) handles.Add(OrtValues.Create(inputs[port.Name]));
        }
        catch (Exception e) when (e is NotSupportedException or OrtException)
        {
            var port = Inputs[handles.Count];
            foreach (var handle in handles) OrtTable.ReleaseValue(handle);
            return Result<PreparedRun>.Fail(Diagnostic.Create(Descriptors.InputNotRepresentable, location, port.Name, OrtMessage.Clean(e.Message)));
        }
        var wanted = outputs ?? [.. Outputs.Select(o => o.Name)];
        return Result<PreparedRun>.Ok(new PreparedRun(this, session, location,
            [.. Inputs.Select(i => names[i.Name])], [.. handles], [.. wanted], [.. wanted.Select(o => names[o])]));
    }

    Diagnostic? CheckNames(IReadOnlyDictionary<string, RuntimeValue> inputs, IReadOnlyList<string>? outputs)
    {
        if (inputs.Keys.Order(StringComparer.Ordinal).FirstOrDefault(n => Inputs.All(i => i.Name != n)) is { } unknown)
        {
            var diagnostic = Diagnostic.Create(Descriptors.UnknownInput, location, unknown);
            var help = Suggestions.Help(unknown, Inputs.Select(i => i.Name)) ?? $"the inputs are {string.Join(", ", Inputs.Select(i => $"`{i}`"))}";
            return diagnostic.WithHelp(help);
        }
        if (Inputs.FirstOrDefault(i => !inputs.ContainsKey(i.Name)) is { } missing)
            return Diagnostic.Create(Descriptors.MissingInput, location, missing.Name, missing.Type);
        if (outputs?.FirstOrDefault(n => Outputs.All(o => o.Name != n)) is not { } name) return null;
        var absent = Diagnostic.Create(Descriptors.UnknownOutput, location, name);
        return Suggestions.Help(name, Outputs.Select(o => o.Name)) is { } near ? absent.WithHelp(near) : absent;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        OrtTable.ReleaseSession(session);
        session = 0;
        foreach (var name in names.Values) Marshal.FreeCoTaskMem(name);
        names.Clear();
    }
}
