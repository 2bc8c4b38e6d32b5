using System.Reflection;

namespace Onnxc.Kernels;

/// <summary>What <c>Cuda/*.cu</c> was compiled to, which drivers compile on. A build without clang holds none.</summary>
static class Ptx
{
    static Assembly Home => typeof(Ptx).Assembly;

    /// <summary>True when an operator has kernels for GPUs.</summary>
    public static bool Has(string op) => Home.GetManifestResourceInfo(Resource(op)) is not null;

    /// <summary>The text, with the zero at its end that drivers look for.</summary>
    public static byte[] Of(string op)
    {
        using var stream = Home.GetManifestResourceStream(Resource(op)) ?? throw new CudaException($"no kernel of {op} for GPUs was built");
        var text = new byte[stream.Length + 1];
        stream.ReadExactly(text.AsSpan(0, text.Length - 1));
        return text;
    }

    static string Resource(string op) => op + ".ptx";
}
