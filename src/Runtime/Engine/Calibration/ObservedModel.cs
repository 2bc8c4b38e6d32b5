using System.Collections.Immutable;
using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Runtime;

/// <summary>A model in memory, loaded with some of its intermediate values as outputs. The model itself is left as it is.</summary>
sealed class ObservedModel : IDisposable
{
    // Higher levels change layouts and fuse what is to be observed.
    static readonly SessionSettings Settings = SessionSettings.Default with { Optimization = OptimizationLevel.Basic };

    readonly OrtModel session;

    ObservedModel(OrtModel session, ImmutableArray<string> outputs) => (this.session, Outputs) = (session, outputs);

    /// <summary>Names of the outputs, one for each value.</summary>
    public ImmutableArray<string> Outputs { get; }

    public IReadOnlyList<ModelPort> Inputs => session.Inputs;

    /// <summary>Loads the main graph of <paramref name="model"/>, in which <paramref name="values"/> lie.</summary>
    public static Result<ObservedModel> Load(Model model, IReadOnlyList<Value> values)
    {
        var graph = model.Main;
        var extract = new ModelExtract(graph, new FunctionSection());
        foreach (var input in graph.Inputs)
            if (!input.IsInitializer) extract.AddInput(input, input.Type!, input.Name);
        foreach (var initializer in graph.Initializers) extract.AddWeight(initializer, initializer.Initializer!);
        foreach (var node in graph.Nodes) extract.AddNode(node);
        var names = values.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"onnxc/observed/{i}")).ToImmutableArray();
        for (var i = 0; i < names.Length; i++) extract.AddOutput(values[i], names[i]);
        byte[] bytes;
        try
        {
            bytes = extract.ToBytes();
        }
        catch (DiagnosticException e)
        {
            return Result<ObservedModel>.Fail(e.Diagnostic);
        }
        var loaded = OrtModel.Load(bytes, Settings);
        return loaded.IsOk ? Result<ObservedModel>.Ok(new(loaded.Value, names)) : Result<ObservedModel>.Fail(loaded.Diagnostics);
    }

    /// <summary>Runs one sample and keeps the outputs named; may be called from several threads.</summary>
    public Result<PreparedRun> Run(Sample sample, IReadOnlyList<string> outputs, CancellationToken cancellation = default)
    {
        var prepared = session.Prepare(sample.Inputs, outputs);
        if (!prepared.IsOk) return prepared;
        if (prepared.Value.Execute(cancellation: cancellation) is not { } failure) return prepared;
        prepared.Value.Dispose();
        return Result<PreparedRun>.Fail(failure);
    }

    public void Dispose() => session.Dispose();
}
