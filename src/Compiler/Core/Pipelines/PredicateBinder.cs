using System.Text.RegularExpressions;
using Onnxc.Diagnostics;
using Onnxc.IR;

namespace Onnxc.Pipelines;

/// <summary>Turns a predicate's syntax into something that nodes can be asked; collects what is wrong with it.</summary>
sealed class PredicateBinder(PipelineSource source, List<Diagnostic> errors)
{
    readonly List<NodePredicate.Requirement> requirements = [];

    public NodePredicate Bind(PredicateSyntax syntax) => new(Test(syntax), requirements);

    Func<Node, bool> Test(PredicateSyntax syntax)
    {
        switch (syntax)
        {
            case OrSyntax or:
                var any = or.Terms.Select(Test).ToArray();
                return n => Array.Exists(any, t => t(n));
            case AndSyntax and:
                var all = and.Terms.Select(Test).ToArray();
                return n => Array.TrueForAll(all, t => t(n));
            case NotSyntax not:
                var term = Test(not.Term);
                return n => !term(n);
            default:
                return Test((ConditionSyntax)syntax);
        }
    }

    Func<Node, bool> Test(ConditionSyntax condition) => condition.Subject switch
    {
        Subject.Op => Operators(condition),
        Subject.Dtype => ElementTypesOf(condition),
        Subject.Name when condition.Comparison == Comparison.In => Names(condition),
        Subject.Name => Pattern(condition, n => n.DisplayName),
        Subject.Scope => Pattern(condition, NodeProperties.Scope),
        Subject.Params => Ordered(condition, NodeProperties.Params),
        _ => Ordered(condition, n => n.Graph.Depth),
    };

    Func<Node, bool> Operators(ConditionSyntax condition)
    {
        var tests = new List<Func<Node, bool>>();
        foreach (var operand in Operands(condition))
        {
            var name = TextOf(operand);
            bool Is(Node node) => IsCalled(node.Op, name);
            tests.Add(Is);
            requirements.Add(new(Is, model => Unmet(Descriptors.UnmatchedOperator, operand.Span, name, model.AllNodes().Select(n => n.Op.ToString()), name)));
        }
        var any = tests.ToArray();
        var wanted = condition.Comparison != Comparison.NotEqual;
        return n => Array.Exists(any, t => t(n)) == wanted;
    }

    Func<Node, bool> Names(ConditionSyntax condition)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var subject = Words.Of(condition.Subject);
        foreach (var operand in Operands(condition))
        {
            var name = TextOf(operand);
            names.Add(name);
            requirements.Add(new(n => n.DisplayName == name, model => Unmet(Descriptors.UnmatchedPattern, operand.Span, name, model.AllNodes().Select(n => n.DisplayName), subject, name)));
        }
        return n => names.Contains(n.DisplayName);
    }

    Func<Node, bool> ElementTypesOf(ConditionSyntax condition)
    {
        var types = new HashSet<ElementType?>();
        foreach (var operand in Operands(condition))
        {
            if (ElementTypes.Parse(TextOf(operand)) is { } type) types.Add(type);
            else errors.Add(Mismatch(condition, operand, "an element type", Suggestions.Help(TextOf(operand), ElementTypes.Names)));
        }
        var wanted = condition.Comparison != Comparison.NotEqual;
        return n => types.Contains(NodeProperties.Dtype(n)) == wanted;
    }

    Func<Node, bool> Ordered(ConditionSyntax condition, Func<Node, long> property)
    {
        if (((NumberSyntax)condition.Operand).AsInt64 is not { } limit)
        {
            errors.Add(Mismatch(condition, condition.Operand, "a whole number", null));
            return _ => false;
        }
        return condition.Comparison switch
        {
            Comparison.Equal => n => property(n) == limit,
            Comparison.NotEqual => n => property(n) != limit,
            Comparison.Less => n => property(n) < limit,
            Comparison.LessOrEqual => n => property(n) <= limit,
            Comparison.Greater => n => property(n) > limit,
            _ => n => property(n) >= limit,
        };
    }

    Func<Node, bool> Pattern(ConditionSyntax condition, Func<Node, string> property)
    {
        var pattern = TextOf(condition.Operand);
        Regex regex;
        try
        {
            // The engine without backtracking takes time linear in the name, whatever the pattern.
            regex = new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            errors.Add(Diagnostic.Create(Descriptors.BadPattern, source.At(condition.Operand.Span), Reason(e, pattern)));
            return _ => false;
        }
        bool IsMatch(Node node) => regex.IsMatch(property(node));
        var subject = Words.Of(condition.Subject);
        requirements.Add(new(IsMatch, model =>
            Unmet(Descriptors.UnmatchedPattern, condition.Operand.Span, Literal(pattern), model.AllNodes().Select(property), subject, pattern)));
        return IsMatch;
    }

    Diagnostic Unmet(Descriptor descriptor, SourceSpan span, string wanted, IEnumerable<string> present, params object[] arguments)
    {
        var error = Diagnostic.Create(descriptor, source.At(span), arguments);
        var names = present.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var help = Suggestions.Help(wanted, names)
            ?? (names.Count == 0 ? null : $"the model has {string.Join(", ", names.Take(8).Select(n => $"`{n}`"))}{(names.Count > 8 ? ", …" : "")}");
        return help is null ? error : error.WithHelp(help);
    }

    Diagnostic Mismatch(ConditionSyntax condition, ValueSyntax operand, string takes, string? help)
    {
        var error = Diagnostic.Create(Descriptors.BadComparison, source.At(operand.Span), Words.Of(condition.Subject), takes, operand);
        return help is null ? error : error.WithHelp(help);
    }

    // `Conv`, `ai.onnx.Conv`, `com.microsoft.Gelu`; an overload may be named or left open.
    static bool IsCalled(OpId op, string name)
    {
        var full = op.IsStandard && name.StartsWith("ai.onnx.", StringComparison.Ordinal) ? $"ai.onnx.{op}" : op.ToString();
        return full == name || (op.Overload.Length > 0 && full.AsSpan(0, full.Length - op.Overload.Length - 1).SequenceEqual(name));
    }

    static IEnumerable<ValueSyntax> Operands(ConditionSyntax condition) =>
        condition.Operand is ListSyntax list ? list.Items : [condition.Operand];

    static string TextOf(ValueSyntax value) => value is StringSyntax text ? text.Text : ((NameSyntax)value).Text;

    // .NET repeats the pattern in front of what is wrong with it; the caret shows it already.
    static string Reason(Exception e, string pattern)
    {
        var message = e.Message.ReplaceLineEndings(" ");
        var prefix = $"Invalid pattern '{pattern}' ";
        return (message.StartsWith(prefix, StringComparison.Ordinal) ? message[prefix.Length..] : message).TrimEnd('.');
    }

    // What a pattern looks for, roughly: good enough to find names near it.
    static string Literal(string pattern) => Regex.Replace(pattern, @"\\[a-zA-Z]|[\\^$*+?()\[\]{}|]", "", RegexOptions.NonBacktracking);
}
