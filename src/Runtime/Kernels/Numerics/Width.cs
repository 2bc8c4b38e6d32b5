using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Onnxc.Kernels.Numerics;

/// <summary>The vectors of this processor.</summary>
static class Width
{
    public static bool Is512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported;

    public static bool Is256 => Vector256.IsHardwareAccelerated && Avx2.IsSupported;

    public static bool Is128 => Vector128.IsHardwareAccelerated;

    /// <summary>Floats of the widest vector.</summary>
    public static int Count => Is512 ? Lanes512.Count : Is256 ? Lanes256.Count : Is128 ? Lanes128.Count : Lanes1.Count;
}
