using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Onnxc.Kernels.Native;
using Onnxc.Kernels.Numerics;

namespace Onnxc.Kernels;

/// <summary>
/// Registers the kernels of the domain <c>ai.onnxc</c>, in process for .NET hosts, and as an exported function for all others: those of the CPU,
/// and those for GPUs beside them, which ONNX Runtime takes where a session has its CUDA provider.
/// </summary>
public static unsafe class KernelLibrary
{
    /// <summary>Operators that have kernels.</summary>
    public static IReadOnlyList<string> Operators { get; } = [.. Operator.All.Select(o => o.Name)];

    static readonly CudaDevice Gpus = new();

    static readonly Lock Gate = new();

    // A domain must outlive every session that knows it, so it lives as long as the process; one for every ONNX Runtime in it.
    static readonly List<(nint Table, ICudaDevice? Device, nint Domain)> Domains = [];

    /// <summary>
    /// Adds the kernels to session options. <paramref name="options"/> is the address of an <c>OrtSessionOptions</c>,
    /// <paramref name="apiBase"/> of the <c>OrtApiBase</c> that made it. Throws <see cref="InvalidOperationException"/> when ONNX Runtime refuses.
    /// </summary>
    public static void Register(nint options, nint apiBase) => Register(options, apiBase, null);

    /// <summary>With a device to run on instead of the processor, while memory and provider stay those of the CPU.</summary>
    internal static void Register(nint options, nint apiBase, ICudaDevice? device)
    {
        try
        {
            Add(options, OrtApi.Of(apiBase), device);
        }
        catch (KernelException e)
        {
            throw new InvalidOperationException(e.Message, e);
        }
    }

    /// <summary>What ONNX Runtime calls after it loaded the library; a failure is returned as an <c>OrtStatus</c>.</summary>
    [UnmanagedCallersOnly(EntryPoint = "RegisterCustomOps", CallConvs = [typeof(CallConvCdecl)])]
    static nint RegisterCustomOps(nint options, nint apiBase)
    {
        OrtApi api;
        try
        {
            api = OrtApi.Of(apiBase);
        }
        catch (KernelException)
        {
            // An older host has its first functions, which make a status, at the same places.
            api = new OrtApi((nint*)((delegate* unmanaged[Cdecl]<uint, nint>)((nint*)apiBase)[0])(1));
            return api.StatusOf(new NotSupportedException("libonnxc_kernels needs ONNX Runtime 1.18 or later"));
        }
        try
        {
            var own = (delegate* unmanaged[Cdecl]<nint, nint, nint>)&RegisterCustomOps;
            if (FasterBuild.Find((nint)own) is var faster and not 0) return ((delegate* unmanaged[Cdecl]<nint, nint, nint>)faster)(options, apiBase);
            Add(options, api, null);
            return 0;
        }
        catch (Exception e)
        {
            return api.StatusOf(e);
        }
    }

    static void Add(nint options, OrtApi api, ICudaDevice? device)
    {
        lock (Gate)
        {
            api.AddDomain(options, DomainOf(api, device));
        }
    }

    static nint DomainOf(OrtApi api, ICudaDevice? device)
    {
        foreach (var (table, knownDevice, known) in Domains)
            if (table == (nint)api.Table && knownDevice == device) return known;
        var domain = api.CreateDomain("ai.onnxc\0"u8);
        for (var i = 0; i < Operator.All.Count; i++)
            foreach (var storage in (ReadOnlySpan<Storage>)[Storage.Float32, Storage.Float16, Storage.BFloat16])
            {
                api.AddOperator(domain, CustomOpFactory.Create(api, i, storage, device));
                if (device is null && Ptx.Has(Operator.All[i].Name)) api.AddOperator(domain, CustomOpFactory.Create(api, i, storage, Gpus, "CUDAExecutionProvider"));
            }
        Domains.Add(((nint)api.Table, device, domain));
        return domain;
    }
}
