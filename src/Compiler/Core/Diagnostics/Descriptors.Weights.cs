namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor QuantizeOptionsUnfit = new("ONNXC0461", Severity.Error,
        "`quantize` cannot run like that: {0}",
        """
        The options of `quantize` exclude each other, or one is out of its range. `onnxc passes quantize` lists them with their values. A common
        choice for weights alone is `quantize{weights=int4, block=32}`; for activations too, `quantize{weights=int8, activations=dynamic}`.
        """);

    public static readonly Descriptor WeightMethodNeedsData = new("ONNXC0462", Severity.Error,
        "`method={0}` needs data",
        """
        The method looks at the inputs of each product on samples of the user's data, and none were given. Name a file of samples for the compile, or
        take a method that works without: `rtn`, or `hqq`, which finds better zero points.
        """);
}
