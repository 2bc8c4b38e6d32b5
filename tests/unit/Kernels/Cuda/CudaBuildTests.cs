using System.Text;
using Onnxc.Kernels;
using Onnxc.Kernels.Numerics;
using Xunit;
using static Onnxc.Tests.Kernels.KernelTest;

namespace Onnxc.Tests.Kernels;

/// <summary>What the build embeds, and what a machine without a GPU makes of it.</summary>
public sealed class CudaBuildTests
{
    public static TheoryData<string> Operators => [.. CudaEmulator.Operators];

    [Fact]
    public void Every_source_belongs_to_an_operator() => Assert.All(CudaEmulator.Operators, s => Assert.Contains(s, KernelLibrary.Operators));

    [Theory]
    [MemberData(nameof(Operators))]
    public void The_assembly_holds_an_entry_for_every_storage(string op)
    {
        Assert.SkipUnless(Ptx.Has(op), "the kernels for GPUs were not built, since clang is missing");
        var bytes = Ptx.Of(op);
        Assert.Equal(0, bytes[^1]);
        Assert.DoesNotContain((byte)0, bytes[..^1]);
        var text = Encoding.ASCII.GetString(bytes);
        foreach (var storage in Enum.GetValues<Storage>()) Assert.Contains($".visible .entry {op}_{CudaNode.Name(storage)}(", text, StringComparison.Ordinal);
        // Drivers compile for what is at least as new as this.
        Assert.Contains(".version 6.3\n.target sm_75\n", text, StringComparison.Ordinal);
        // Every operation rounds by itself, as on a CPU, and subnormals stay.
        Assert.DoesNotMatch(@"\bfma\.|\.ftz|\.approx|\bcall\b", text);
        // Nor does it tell where it was built: no path of files stands in it.
        Assert.DoesNotMatch(@"/\w+/", text);
    }

    [Fact]
    public void Without_a_GPU_the_kernels_of_the_CPU_run_and_no_driver_is_loaded()
    {
        var x = Floats([2, 4], 1, 2, 3, 4, -1, 0.5f, 2, 0);
        Assert.Equal([2, 4], Run(ModelOf("PolyNorm", [x]), [x], KernelTest.Kernel).Dims);
        if (OperatingSystem.IsLinux()) Assert.DoesNotContain("libcuda.so", File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_driver_that_is_missing_is_named()
    {
        Assert.SkipWhen(System.Runtime.InteropServices.NativeLibrary.TryLoad("libcuda.so.1", out _) || OperatingSystem.IsWindows(), "there is a driver here");
        Assert.Contains("libcuda.so.1", Assert.Throws<CudaException>(() => new CudaDevice().Current).Message, StringComparison.Ordinal);
    }
}
