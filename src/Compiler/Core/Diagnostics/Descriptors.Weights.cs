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
        take a method that works without: `rtn` or `hqq` for `quantize`, `cross-layer` for `equalize`.
        """);

    public static readonly Descriptor EqualizeAlphaOutOfRange = new("ONNXC0463", Severity.Error,
        "`alpha` of `equalize` is {0}, but must be between 0 and 1",
        """
        With `alpha=0` the ranges of weights alone decide how channels are scaled, with `alpha=1` those of activations. One half shares the difficulty
        between both; models with a few very large channels of activations want more, up to about 0.8.
        """);
}
