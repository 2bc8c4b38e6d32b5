using Microsoft.ML.OnnxRuntime;
using Onnxc.Diagnostics;
using Onnxc.Runtime.Native;

namespace Onnxc.Runtime;

/// <summary>Makes session options and sessions; throws <see cref="DiagnosticException"/>, which <see cref="OrtModel"/> returns as a value.</summary>
static class SessionFactory
{
    const string ExtensionsDomain = "ai.onnx.contrib";
    static readonly Lock Gate = new();

    static OrtEnv Environment
    {
        get
        {
            lock (Gate)
            {
                if (OrtEnv.IsCreated) return OrtEnv.Instance();
                // The environment's own log would otherwise write about missing GPUs to the standard error of every command.
                var creation = new EnvironmentCreationOptions { logId = "onnxc", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
                return OrtEnv.CreateInstanceWithOptions(ref creation);
            }
        }
    }

    public static nint Open(string? path, ReadOnlyMemory<byte> bytes, SessionSettings settings, Location? location)
    {
        try
        {
            return Open(path, bytes, settings, location, extensions: false);
        }
        catch (OrtException e) when (e.Message.Contains(ExtensionsDomain, StringComparison.Ordinal))
        {
            try
            {
                return Open(path, bytes, settings, location, extensions: true);
            }
            catch (OrtException again)
            {
                throw LoadFailure(again, location);
            }
        }
        catch (OrtException e)
        {
            throw LoadFailure(e, location);
        }
    }

    static DiagnosticException LoadFailure(OrtException e, Location? location) =>
        new(Diagnostic.Create(Descriptors.ModelNotLoadable, location, OrtMessage.Clean(e.Message)));

    static nint Open(string? path, ReadOnlyMemory<byte> bytes, SessionSettings settings, Location? location, bool extensions)
    {
        var environment = Environment;
        using var options = Options(settings, location);
        if (extensions) RegisterExtensions(options, location);
        var weights = new List<nint>();
        try
        {
            foreach (var (name, weight) in settings.Weights)
            {
                var value = OrtTable.CreateTensor(weight.Address, weight.ByteLength, weight.Dims.AsSpan(), OrtTypes.ToOrt(weight.Element));
                weights.Add(value);
                OrtTable.AddInitializer(options, name, value);
            }
            return path is not null ? OrtTable.CreateSession(environment, path, options) : OrtTable.CreateSession(environment, bytes.Span, options);
        }
        finally
        {
            foreach (var value in weights) OrtTable.ReleaseValue(value);
        }
    }

    static SessionOptions Options(SessionSettings settings, Location? location)
    {
        var options = new SessionOptions
        {
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            GraphOptimizationLevel = settings.Optimization switch
            {
                OptimizationLevel.Disabled => GraphOptimizationLevel.ORT_DISABLE_ALL,
                OptimizationLevel.Basic => GraphOptimizationLevel.ORT_ENABLE_BASIC,
                OptimizationLevel.Extended => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
                _ => GraphOptimizationLevel.ORT_ENABLE_ALL,
            },
            IntraOpNumThreads = settings.Threads,
            InterOpNumThreads = 1,
        };
        try
        {
            if (settings.OptimizedModelPath is { } target) options.OptimizedModelFilePath = target;
            if (settings.ProfilePrefix is { } prefix) (options.ProfileOutputPathPrefix, options.EnableProfiling) = (prefix, true);
            foreach (var (key, value) in settings.Config) options.AddSessionConfigEntry(key, value);
            foreach (var library in settings.CustomOpLibraries) RegisterLibrary(options, library, location);
            settings.RegisterKernels?.Invoke(options.DangerousGetHandle(), OrtTable.ApiBase);
            if (settings.Provider == ExecutionProvider.Cuda) AddCuda(options, location);
            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    static void RegisterLibrary(SessionOptions options, string library, Location? location)
    {
        if (!File.Exists(library)) throw new DiagnosticException(Diagnostic.Create(Descriptors.CustomOpsNotLoadable, location, library, "no such file"));
        try
        {
            options.RegisterCustomOpLibrary(Path.GetFullPath(library));
        }
        catch (OnnxRuntimeException e)
        {
            throw new DiagnosticException(Diagnostic.Create(Descriptors.CustomOpsNotLoadable, location, library, OrtMessage.Clean(e.Message)));
        }
    }

    static void AddCuda(SessionOptions options, Location? location)
    {
        try
        {
            options.AppendExecutionProvider_CUDA();
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException or DllNotFoundException)
        {
            throw new DiagnosticException(Diagnostic.Create(Descriptors.CudaUnavailable, location, OrtMessage.Clean(e.Message))
                .WithHelp("build with `-p:OnnxRuntime=gpu` on a machine with CUDA and cuDNN, or use `--ep cpu`"));
        }
    }

    static void RegisterExtensions(SessionOptions options, Location? location)
    {
        try
        {
            options.RegisterOrtExtensions();
        }
        catch (Exception e) when (e is OnnxRuntimeException or DllNotFoundException or EntryPointNotFoundException)
        {
            throw new DiagnosticException(Diagnostic.Create(Descriptors.ExtensionsMissing, location, ExtensionsDomain)
                .WithHelp("reference the package Microsoft.ML.OnnxRuntime.Extensions, or register its library as a custom-op library"));
        }
    }
}
