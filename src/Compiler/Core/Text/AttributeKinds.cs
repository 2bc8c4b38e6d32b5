using Onnxc.IR;

namespace Onnxc.Text;

/// <summary>Words for kinds of attribute; <c>undefined</c> is ours, for attributes without a value.</summary>
static class AttributeKinds
{
    static readonly string[] Words =
    [
        "undefined", "float", "int", "string", "tensor", "graph", "floats", "ints", "strings", "tensors", "graphs",
        "sparse_tensor", "sparse_tensors", "type_proto", "type_protos",
    ];

    public static IEnumerable<string> All => Words.Skip(1);

    public static string Name(AttributeKind kind) => Words[(int)kind];

    public static AttributeKind? Parse(string word) => Array.IndexOf(Words, word) is >= 0 and var index ? (AttributeKind)index : null;

    public static bool IsList(AttributeKind kind) => Element(kind) != AttributeKind.Undefined;

    /// <summary>Kind of the elements of a list; <see cref="AttributeKind.Undefined"/> when it is no list.</summary>
    public static AttributeKind Element(AttributeKind kind) => kind switch
    {
        AttributeKind.Floats => AttributeKind.Float,
        AttributeKind.Ints => AttributeKind.Int,
        AttributeKind.Strings => AttributeKind.String,
        AttributeKind.Tensors => AttributeKind.Tensor,
        AttributeKind.Graphs => AttributeKind.Graph,
        AttributeKind.SparseTensors => AttributeKind.SparseTensor,
        AttributeKind.Types => AttributeKind.Type,
        _ => AttributeKind.Undefined,
    };

    /// <summary>Kind of a list of <paramref name="element"/>.</summary>
    public static AttributeKind ListOf(AttributeKind element) =>
        Enum.GetValues<AttributeKind>().First(k => k != AttributeKind.Undefined && Element(k) == element);
}
