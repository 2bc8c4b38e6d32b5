using System.Text;

namespace Onnxc.Pipelines;

/// <summary>Prints syntax in its canonical form: one line, one blank after a comma, no comments, only parentheses that matter.</summary>
static class PipelinePrinter
{
    public static string Print(IReadOnlyList<StepSyntax> steps) => string.Join(", ", steps.Select(Print));

    public static string Print(OptionSyntax option) => option.Value is null ? option.Name : $"{option.Name}={Print(option.Value)}";

    public static string Print(ValueSyntax value) => value switch
    {
        NumberSyntax number => number.Text,
        NameSyntax name => name.Text,
        StringSyntax text => Quote(text.Text),
        ListSyntax list => $"[{string.Join(", ", list.Items.Select(Print))}]",
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };

    public static string Print(PredicateSyntax predicate) => predicate switch
    {
        OrSyntax or => string.Join(" or ", or.Terms.Select(t => Group(t, t is OrSyntax))),
        AndSyntax and => string.Join(" and ", and.Terms.Select(t => Group(t, t is OrSyntax or AndSyntax))),
        NotSyntax not => $"not {Group(not.Term, not.Term is OrSyntax or AndSyntax)}",
        ConditionSyntax c => $"{Words.Of(c.Subject)} {Words.Of(c.Comparison)} {Print(c.Operand)}",
        _ => throw new ArgumentOutOfRangeException(nameof(predicate)),
    };

    static string Print(StepSyntax step)
    {
        var text = new StringBuilder(step.IsReference ? "@" : "").Append(step.Name);
        if (step.Options.Count > 0) text.Append('{').AppendJoin(", ", step.Options).Append('}');
        if (step.Body is { } body) text.Append('(').Append(Print(body)).Append(')');
        if (step.Where is { } where) text.Append(" where ").Append(where);
        return text.ToString();
    }

    static string Group(PredicateSyntax predicate, bool parentheses) => parentheses ? $"({predicate})" : predicate.ToString();

    // A backslash stands for itself unless a quote or another backslash follows, so that regular expressions need no doubling.
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        for (var i = 0; i < text.Length; i++)
        {
            var escape = text[i] == '"' || (text[i] == '\\' && (i + 1 == text.Length || text[i + 1] is '"' or '\\'));
            if (escape) quoted.Append('\\');
            quoted.Append(text[i]);
        }
        return quoted.Append('"').ToString();
    }
}
