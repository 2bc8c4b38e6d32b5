using Onnxc.IR;

namespace Onnxc.Passes.Tokens;

/// <summary>Why an attention cannot merge tokens, and what would help.</summary>
static class Obstacles
{
    /// <summary>Of queries that do not look at keys behind them.</summary>
    public const string Causal = "tokens look back only: a causal mask cannot be merged";

    /// <summary>Of a model that leaves the number of its tokens open.</summary>
    public const string OpenCount = "the number of tokens is not fixed: export the model with a fixed one";

    /// <summary>Of shapes that inference does not tell.</summary>
    public const string NoShapes = "its shapes are not known: run `@default` first";

    /// <summary>Of tokens that are an output of the graph.</summary>
    public const string Public = "an output of the graph has an entry for each token";

    /// <summary>Of keys and values that a later call takes again.</summary>
    public const string HandsOn = "it hands on keys and values, which a later call expects for every token";

    const int LeastRows = 3, Reach = 12;

    static readonly HashSet<string> Passing = new(StringComparer.Ordinal)
    {
        "Add", "And", "Cast", "Div", "Equal", "Expand", "Identity", "Mul", "Not", "Or", "Reshape", "Slice", "Squeeze", "Sub", "Unsqueeze", "Where",
    };

    /// <summary>True where a triangle, a constant or an operator's, stands among what a softmax takes besides the products that are its scores.</summary>
    public static bool IsCausal(Node softmax)
    {
        var (open, seen) = (new Queue<Value>([softmax.Input(0)!]), new HashSet<Value>());
        while (open.TryDequeue(out var value))
        {
            if (!seen.Add(value)) continue;
            if (value.Constant is { } data ? IsTriangle(data) : value.Producer?.Op.Is("Trilu") == true) return true;
            if (value.Producer is not { } node || !node.Op.IsStandard || !Passing.Contains(node.Op.Name)) continue;
            foreach (var input in node.Inputs)
                if (input is not null) open.Enqueue(input);
        }
        return false;
    }

    /// <summary>True where what a node makes are the scores of a softmax.</summary>
    public static bool MakesScores(Node node)
    {
        var user = (Node?)node;
        for (var i = 0; i < Reach && user?.Op.IsStandard == true && Passing.Contains(user.Op.Name); i++)
        {
            user = user.Output.SingleUse?.Node;
            if (user?.Op.Is("Softmax") == true) return true;
        }
        return false;
    }

    /// <summary>What is in the way in the mask of an attention that does not follow from one with an entry for each token.</summary>
    public static string OfMask(Value mask)
    {
        if (mask.Constant is { } data && IsTriangle(data)) return Causal;
        if (mask.Shape is not { } shape) return "it has a mask whose shape is not known";
        if (shape.Rank == 1) return "its mask tells how many tokens are real: export one with an entry for each token";
        if (shape.Rank > 2 && shape.Dims[^2] is not { IsFixed: true, Extent: 1 }) return "its mask has an entry for each pair of tokens, which does not tell what becomes of merged ones";
        if (mask.Producer is null && mask.ElementType?.IsFloatingPoint() == true) return "its mask comes in as numbers to add: export one that is 1 for tokens and 0 for padding";
        return "its attention has a mask that may hide tokens";
    }

    // All above the diagonal is one number, which is nowhere else.
    static bool IsTriangle(TensorData data)
    {
        if (data.Dims.Length < 2 || data.ElementCount == 0 || data.ByteLength % data.ElementCount != 0) return false;
        var (size, rows, count) = ((int)(data.ByteLength / data.ElementCount), data.Dims[data.Dims.Length - 2], (int)data.Dims[data.Dims.Length - 1]);
        if (rows != count || count < LeastRows) return false;
        var bytes = data.Bytes;
        var hidden = bytes.Slice(size, size);
        for (var at = 0; at < data.ElementCount; at++)
            if (bytes.Slice(at * size, size).SequenceEqual(hidden) != at % count > at / count % count) return false;
        return true;
    }
}
