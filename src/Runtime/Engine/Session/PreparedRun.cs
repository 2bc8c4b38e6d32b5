using Microsoft.ML.OnnxRuntime;
using Onnxc.Diagnostics;
using Onnxc.Runtime.Native;

namespace Onnxc.Runtime;

/// <summary>Inputs that lie ready inside ONNX Runtime, and the results of the latest run. Dispose before the model.</summary>
public sealed class PreparedRun : IDisposable
{
    readonly OrtModel owner;
    readonly nint session;
    readonly Location? location;
    readonly nint[] inputNames;
    readonly nint[] inputs;
    readonly string[] outputs;
    readonly nint[] outputNames;
    readonly nint[] results;

    internal PreparedRun(OrtModel owner, nint session, Location? location, nint[] inputNames, nint[] inputs, string[] outputs, nint[] outputNames)
    {
        (this.owner, this.session, this.location) = (owner, session, location);
        (this.inputNames, this.inputs, this.outputs, this.outputNames) = (inputNames, inputs, outputs, outputNames);
        results = new nint[outputs.Length];
    }

    /// <summary>Runs once and keeps the results inside ONNX Runtime. Returns what went wrong, or null.</summary>
    public Diagnostic? Execute(TimeSpan? timeout = null, CancellationToken cancellation = default)
    {
        ReleaseResults();
        using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        var late = false;
        // Disposing these waits for a callback under way, so that none touches released options.
        using var timer = timeout is { } limit ? new CancellationTokenSource(limit) : null;
        using var onTime = timer?.Token.Register(() =>
        {
            late = true;
            options.Terminate = true;
        }) ?? default;
        using var onCancel = cancellation.Register(() => options.Terminate = true);
        try
        {
            OrtTable.Run(session, options, inputNames, inputs, outputNames, results);
            return null;
        }
        catch (OrtException e)
        {
            ReleaseResults();
            return cancellation.IsCancellationRequested ? Diagnostic.Create(Descriptors.RunCanceled, location)
                : late ? Diagnostic.Create(Descriptors.RunTimedOut, location, timeout!.Value.TotalSeconds)
                : Diagnostic.Create(Descriptors.RunFailed, location, OrtMessage.Clean(e.Message));
        }
        finally
        {
            GC.KeepAlive(owner);
        }
    }

    /// <summary>Copies the results of the latest run out, keyed by output name.</summary>
    public Result<IReadOnlyDictionary<string, RuntimeValue>> Read()
    {
        var values = new OrderedDictionary<string, RuntimeValue>(StringComparer.Ordinal);
        for (var i = 0; i < results.Length; i++)
        {
            try
            {
                values[outputs[i]] = OrtValues.Read(results[i]);
            }
            catch (Exception e) when (e is NotSupportedException or OrtException or OverflowException)
            {
                return Result<IReadOnlyDictionary<string, RuntimeValue>>.Fail(
                    Diagnostic.Create(Descriptors.OutputNotReadable, location, outputs[i], OrtMessage.Clean(e.Message)));
            }
        }
        return Result<IReadOnlyDictionary<string, RuntimeValue>>.Ok(values);
    }

    /// <summary>Shows the latest result of the output at <paramref name="index"/> without a copy; false when it is no dense tensor of numbers.</summary>
    internal bool View(int index, TensorView view) => OrtValues.View(results[index], view);

    public void Dispose()
    {
        ReleaseResults();
        for (var i = 0; i < inputs.Length; i++)
        {
            OrtTable.ReleaseValue(inputs[i]);
            inputs[i] = 0;
        }
    }

    void ReleaseResults()
    {
        for (var i = 0; i < results.Length; i++)
        {
            OrtTable.ReleaseValue(results[i]);
            results[i] = 0;
        }
    }
}
