namespace Onnxc.Pipelines;

/// <summary>Spellings of the pipeline language's subjects and comparisons.</summary>
static class Words
{
    public static string Of(Subject subject) => subject switch
    {
        Subject.Op => "op",
        Subject.Name => "name",
        Subject.Params => "params",
        Subject.Dtype => "dtype",
        Subject.Depth => "depth",
        Subject.Scope => "scope",
        _ => throw new ArgumentOutOfRangeException(nameof(subject)),
    };

    public static string Of(Comparison comparison) => comparison switch
    {
        Comparison.Equal => "==",
        Comparison.NotEqual => "!=",
        Comparison.Less => "<",
        Comparison.LessOrEqual => "<=",
        Comparison.Greater => ">",
        Comparison.GreaterOrEqual => ">=",
        Comparison.In => "in",
        Comparison.Matches => "~",
        _ => throw new ArgumentOutOfRangeException(nameof(comparison)),
    };
}
