namespace Onnxc.Passes.Convert;

/// <summary>Why a node cannot be carried over a version of its operator, and what to do about it.</summary>
sealed record Blocker(string Reason, string Remedy)
{
    /// <summary>What an adapter has to know is a parameter of the function.</summary>
    public static Blocker Parameter(string attribute) =>
        new($"its attribute `{attribute}` is a parameter of the function", "run `inline-functions` first");

    public static Blocker UnknownType => new("the element type of its input is not known", "declare the types of the model's inputs, or run `inline-functions` first");
}
