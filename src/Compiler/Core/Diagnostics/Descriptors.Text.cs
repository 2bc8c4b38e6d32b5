namespace Onnxc.Diagnostics;

/// <summary>06xx: the textual form of models.</summary>
public static partial class Descriptors
{
    public static readonly Descriptor TextSyntax = new("ONNXC0601", Severity.Error,
        "expected {0}, found {1}",
        "The text does not follow the ONNX textual syntax at the marked place. The message lists everything that may stand there. "
        + "Frequent causes: a missing comma between attributes or elements, a name with special characters that is not quoted, "
        + "or `float` (a scalar) where `float[]` (unknown rank) is meant.");

    public static readonly Descriptor TextWeightsElided = new("ONNXC0602", Severity.Error,
        "the elements of `{0}` were left out of this text, so it cannot be read back",
        "The text was printed with a limit on the number of elements, and `{...}` stands where a larger tensor was. "
        + "Print the model again without the limit, or read the model file itself.");

    public static readonly Descriptor TextUnknownType = new("ONNXC0603", Severity.Error,
        "`{0}` is not a type",
        "A type is an element type with an optional shape (`float[N,3]`; `float` is a scalar and `float[]` has unknown rank), or "
        + "`seq(..)`, `optional(..)`, `map(key, ..)`, `sparse_tensor(..)` or `opaque(..)`.");

    public static readonly Descriptor TextUndefinedName = new("ONNXC0604", Severity.Error,
        "`{0}` is not defined here",
        "A node or an output uses a name that no input, initializer or node of its graph or of an enclosing graph defines. Function bodies "
        + "see nothing outside themselves. Nodes may stand in any order, so this is a misspelt or forgotten definition, not a matter of order.");

    public static readonly Descriptor TextAttributeKind = new("ONNXC0605", Severity.Error,
        "attribute `{0}` is declared as `{1}`, but the value is of kind `{2}`",
        "The kind after the colon and the value disagree. Kinds are float, int, string, tensor, graph, sparse_tensor, type_proto and their "
        + "plurals, which take a list in brackets. An integer literal is also a float; the reverse does not hold.");

    public static readonly Descriptor TextDuplicateName = new("ONNXC0606", Severity.Error,
        "`{0}` is defined twice in one graph",
        "Every value of a graph has a name of its own. Bodies of different nodes may repeat names, and an inner name hides an outer one.");

    public static readonly Descriptor TextDuplicateFunction = new("ONNXC0607", Severity.Error,
        "function `{0}` is defined twice",
        "Domain, name and overload identify a function within a model. Rename one of the two, or give it an overload.");

    public static readonly Descriptor TextNesting = new("ONNXC0608", Severity.Error,
        "nesting is deeper than {0} levels",
        "Types and subgraphs nest at most 64 levels deep in a text, which protects the reader against hostile input. No real model comes near.");

    public static readonly Descriptor TextElement = new("ONNXC0609", Severity.Error,
        "`{0}` is not a value of `{1}`",
        "The literal has the wrong form for its element type, or lies outside its range. Elements of float16, bfloat16, float8 and float4 are "
        + "written as unsigned integers, the bit patterns; int4 and int2 as signed integers.");

    public static readonly Descriptor TextElementCount = new("ONNXC0610", Severity.Error,
        "`{0}` takes {1} numbers or strings, but {2} are given",
        "The number of literals must be the product of the dimensions (twice that for complex types, which write the real and the imaginary "
        + "part one after the other).");

    public static readonly Descriptor TextStrayType = new("ONNXC0611", Severity.Warning,
        "the type of `{0}` is stated, but this graph does not define `{0}`",
        "The list after the outputs gives types of values that the graph itself computes. The entry has no effect; exporters leave such "
        + "entries behind when they remove nodes.");

    public static readonly Descriptor TextTensorType = new("ONNXC0612", Severity.Error,
        "data needs a tensor type with fixed dimensions, found `{0}`",
        "A literal follows a type such as `float[2,3]`, `int64` (a scalar) or `sparse_tensor(float[3,4])`. Symbolic, unknown or negative "
        + "dimensions, an unknown rank (`float[]`) and other types have no data.");

    public static readonly Descriptor TextHeaderKey = new("ONNXC0613", Severity.Error,
        "`{0}` is not a header entry of a {1}",
        "A model's header takes ir_version, opset_import, producer_name, producer_version, domain, model_version, doc_string and "
        + "metadata_props; a function's takes domain, overload, opset_import and doc_string.");

    public static readonly Descriptor TextNoVersion = new("ONNXC0614", Severity.Error,
        "the model states no `ir_version`",
        "A model starts with a header such as `<ir_version: 10, opset_import: [\"\" : 21]>`. Without the IR version the meaning of "
        + "initializers among the inputs is open.");

    public static readonly Descriptor TextAttributeType = new("ONNXC0615", Severity.Error,
        "`{0}` is not a kind of attribute",
        "Kinds are float, int, string, tensor, graph, sparse_tensor, type_proto, and their plurals floats, ints, strings, tensors, graphs, "
        + "sparse_tensors, type_protos.");

    public static readonly Descriptor TextUntypedList = new("ONNXC0616", Severity.Error,
        "the kind of the list `{0}` is open",
        "An empty list does not show what it is a list of, and the elements of a list must be of one kind. State it: `axes: ints = []`.");

    public static readonly Descriptor TextEscape = new("ONNXC0617", Severity.Error,
        "`{0}` is not an escape",
        "Within quotes, `\\\"` is a quote, `\\\\` a backslash, and `\\xNN` the byte with the hexadecimal value NN. Everything else stands for "
        + "itself, line breaks included.");

    public static readonly Descriptor TextExternalData = new("ONNXC0618", Severity.Error,
        "the data of `{0}` lies in another file, which is not opened here",
        "The text refers to external data (`[\"location\": \"weights.bin\"]`). It is opened only beneath the folder of a text that was read "
        + "from a file, and only by callers that allow it.");

    public static readonly Descriptor TextSparseParts = new("ONNXC0619", Severity.Error,
        "a sparse tensor of `{0}` needs values of that element type and indices of `int64`",
        "A sparse tensor is written `sparse_tensor(float[3,4]) {float[2] {1, 2}, int64[2] {0, 5}}`: the values, then the indices, either "
        + "linear offsets or one row of coordinates per value.");
}
