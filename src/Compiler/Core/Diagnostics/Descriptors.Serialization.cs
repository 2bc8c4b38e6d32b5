namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor FileNotFound = new("ONNXC0001", Severity.Error,
        "there is no file `{0}`",
        "The path that was given does not exist, or is a directory. Check the spelling and the working directory.");

    public static readonly Descriptor FileNotReadable = new("ONNXC0002", Severity.Error,
        "`{0}` cannot be read: {1}",
        "The file exists, but the operating system refuses to open it, or it is not a regular file (a device, a pipe). Check its permissions.");

    public static readonly Descriptor EmptyModel = new("ONNXC0003", Severity.Error,
        "the file holds no model: {0}",
        "The bytes parse as protobuf but there is no graph in them. The file may be empty, a tensor (`.pb`), a Git LFS pointer, or another format.");

    public static readonly Descriptor MalformedFile = new("ONNXC0004", Severity.Error,
        "the file is not a valid ONNX model: {0}",
        "The bytes do not follow the protobuf encoding of ONNX. The file may be damaged, of another format, or made by a program with a bug. Export or download it again.");

    public static readonly Descriptor TruncatedFile = new("ONNXC0005", Severity.Error,
        "the file is cut off: a field claims {0} bytes, {1} are left",
        "A length in the file points beyond its end. The download or copy was probably interrupted. Fetch the file again and compare its size or checksum.");

    public static readonly Descriptor NestedTooDeeply = new("ONNXC0006", Severity.Error,
        "graphs are nested deeper than {0} levels",
        "Bodies of `If`, `Loop` and `Scan` nest only a few levels in real models. A deeper file is refused because walking it could exhaust the stack.");

    public static readonly Descriptor TooLarge = new("ONNXC0007", Severity.Error,
        "the model has {0} {1}, more than the limit of {2}",
        "A budget guards against files made to exhaust memory or time. The limits lie far above real models; raise them through `ReadOptions` when yours is larger.");

    public static readonly Descriptor BadTensor = new("ONNXC0008", Severity.Error,
        "tensor `{0}`: {1}",
        "Type, dimensions and data of a tensor do not fit together. ONNX Runtime would refuse the model as well, or read beyond the data. Export the model again.");

    public static readonly Descriptor UnsafeExternalPath = new("ONNXC0009", Severity.Error,
        "external data of `{0}` points to `{1}`, which {2}",
        "External data must be a regular file beneath the model's own folder: no absolute paths, no `..`, no symbolic or hard links, no markers of memory addresses. Otherwise a downloaded model could read any file of yours into its weights. Copy the data beside the model.");

    public static readonly Descriptor MissingExternalData = new("ONNXC0010", Severity.Error,
        "external data of `{0}`: {1}",
        "The weights live in a file of their own, which is missing or shorter than the model says. Fetch it as well and keep it beside the model.");

    public static readonly Descriptor DuplicateName = new("ONNXC0011", Severity.Error,
        "`{0}` is defined twice in one graph",
        "Every value of a graph needs a name of its own; ONNX Runtime refuses the model too. The program that wrote it has a bug.");

    public static readonly Descriptor UndefinedName = new("ONNXC0012", Severity.Error,
        "{0} uses `{1}`, which nothing defines",
        "A node or an output refers to a value that is no input, no initializer and no output of a node, neither here nor in a graph around it.");

    public static readonly Descriptor CyclicFunctions = new("ONNXC0013", Severity.Error,
        "function `{0}` calls itself{1}",
        "Functions are expanded where they are called, so none may call itself, directly or through others.");

    public static readonly Descriptor DuplicateFunction = new("ONNXC0014", Severity.Error,
        "function `{0}` is defined twice",
        "Domain, name and overload identify a function; two definitions leave open which one a call means.");

    public static readonly Descriptor CyclicGraph = new("ONNXC0015", Severity.Error,
        "the graph has a cycle through `{0}`",
        "A value depends on itself. ONNX graphs are acyclic; repetition is expressed with `Loop` or `Scan`.");

    public static readonly Descriptor CannotWrite = new("ONNXC0016", Severity.Error,
        "`{0}` cannot be written: {1}",
        "The output could not be created. Nothing was left behind: output is written beside the target and moved into place at the end. Check the folder, its permissions and the free space.");

    public static readonly Descriptor TrainingInfoKept = new("ONNXC0017", Severity.Warning,
        "the model carries training graphs, which were not adapted to the changes",
        "`training_info` refers to initializers by name. Inference ignores it; a trainer may find that names or weights have changed. Compile the inference model and the training model separately.");

    public static readonly Descriptor BadAttribute = new("ONNXC0018", Severity.Error,
        "attribute `{0}` of {1}: {2}",
        "The payload of the attribute does not fit its type.");

    public static readonly Descriptor TooLargeForOneFile = new("ONNXC0019", Severity.Error,
        "the model takes {0} bytes, and one file holds at most 2 GiB",
        "Protobuf limits a message to 2 GiB. Allow external data (`--external-data auto`), and the weights go to a second file beside the model.");
}
