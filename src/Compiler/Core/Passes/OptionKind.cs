namespace Onnxc.Passes;

/// <summary>What an option, or an item of a list option, holds.</summary>
public enum OptionKind
{
    Bool,
    Integer,
    Number,
    Text,

    /// <summary>A member of an enumeration.</summary>
    Choice,
}
