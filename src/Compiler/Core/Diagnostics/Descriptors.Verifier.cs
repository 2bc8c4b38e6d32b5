namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor UseListBroken = new("ONNXC0101", Severity.Error,
        "the use list of `{0}` disagrees with the slots that hold it",
        "Use lists and operands are kept together by the IR itself, so this is a bug of onnxc. Please report it with the model and the pipeline.");

    public static readonly Descriptor ValueOutOfScope = new("ONNXC0102", Severity.Error,
        "{0} uses `{1}`, which is not visible there",
        "A value may be used in the graph that defines it and in bodies nested in it. A pass has moved or removed something without its users.");

    public static readonly Descriptor UsedBeforeDefined = new("ONNXC0103", Severity.Error,
        "{0} uses `{1}` before it is produced",
        "Passes keep the nodes of a graph in topological order. This one has put a node before one that it needs.");

    public static readonly Descriptor RemovedNodeInUse = new("ONNXC0104", Severity.Error,
        "{0} uses `{1}`, an output of a node that was removed",
        "A pass has removed a node whose outputs are still needed.");

    public static readonly Descriptor MissingValue = new("ONNXC0105", Severity.Error,
        "{0} has no value",
        "An output of a graph must hold a value: a pass took away what stood there without putting something in its place. Report the model and the pipeline.");

    public static readonly Descriptor DataDisagreesWithType = new("ONNXC0106", Severity.Error,
        "initializer `{0}` is {1}, but its declared type is {2}",
        "Data and declared type of an initializer must agree. A pass has exchanged the data without the type.");

    public static readonly Descriptor UnknownFunction = new("ONNXC0107", Severity.Error,
        "{0} belongs to domain `{1}`, which is neither imported nor defined",
        "Every operator's domain needs an `opset_import` entry. A pass has added an operator without importing its domain.");

    public static readonly Descriptor DuplicateSlotName = new("ONNXC0108", Severity.Error,
        "output name `{0}` stands in two slots with different values",
        "Names of outputs are public and must be unique.");
}
