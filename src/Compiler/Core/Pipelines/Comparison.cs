namespace Onnxc.Pipelines;

/// <summary>How a condition compares.</summary>
public enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,

    /// <summary>Equal to one of a list.</summary>
    In,

    /// <summary>Has a part that matches a regular expression.</summary>
    Matches,
}
