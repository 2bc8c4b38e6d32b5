namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor ReplacementTypeConflict = new("ONNXC0401", Severity.Warning,
        "`{0}` would replace `{1}` of type {2} by a value of type {3}, so it is left alone",
        """
        A rewrite rule built a replacement whose type contradicts the type of the value it replaces. Either the model declares a wrong type
        for that value, or the rule has a bug. The node is left as it was. Run `infer-shapes` on the input to see which type is wrong; if the
        model is right, please report the rule.
        """);

    public static readonly Descriptor RewritingDoesNotEnd = new("ONNXC0402", Severity.Warning,
        "`{0}` was stopped after {1} replacements",
        """
        A rewrite rule went on making replacements in one graph, far more than the graph has nodes: what it makes matches the rule again. The
        model as it was then is still correct. Please report the rule; leave it out of the pipeline meanwhile.
        """);

    public static readonly Descriptor TypesNotInferred = new("ONNXC0403", Severity.Error,
        "types cannot be inferred: {0}",
        """
        The pass needs the types and shapes of the model's values, and they could not be inferred for the reason given: no runtime is
        available, or ONNX Runtime rejects the model. `onnxc inspect` shows which nodes it does not know.
        """);

    public static readonly Descriptor TypesIncomplete = new("ONNXC0404", Severity.Error,
        "the type of `{0}` is not known, nor are those of {1} other values",
        """
        `infer-shapes{strict}` asks for a type for every value, and some have none: their nodes use operators without type inference, or the
        model's inputs are not typed well enough. Declare the inputs' shapes, or leave `strict` out.
        """);

    public static readonly Descriptor UnknownOutputToKeep = new("ONNXC0411", Severity.Error,
        "the model has no output `{0}`",
        """
        `keep-outputs` keeps the outputs it is given and drops the others, so each name must be one of the model's. `onnxc inspect` lists them.
        """);

    public static readonly Descriptor NoOutputsKept = new("ONNXC0412", Severity.Error,
        "`keep-outputs` names no output",
        """
        A model without outputs computes nothing. Name the outputs to keep: `keep-outputs{outputs=[logits]}`.
        """);

    public static readonly Descriptor UnknownFunctionToInline = new("ONNXC0413", Severity.Error,
        "the model has no function `{0}`",
        """
        `inline-functions{only=[..]}` inlines calls of the functions it is given, so each name must be one of the model's local functions, with
        or without its domain. Leave `only` out to inline them all.
        """);

    public static readonly Descriptor UnknownInitializerToFreeze = new("ONNXC0414", Severity.Error,
        "the model has no initializer `{0}` that a caller could override",
        """
        `freeze-initializers{only=[..]}` takes the initializers it is given off the model's inputs, so each name must be one that is listed there and
        has an initializer. Leave `only` out to freeze them all.
        """);
}
