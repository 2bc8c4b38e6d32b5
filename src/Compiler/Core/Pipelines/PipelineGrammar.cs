using Sprache;
using static Onnxc.Pipelines.PipelineTokens;

namespace Onnxc.Pipelines;

/// <summary>
/// The pipeline language. Parsers of things that repeat are told what may follow them: only then does an error name everything that would
/// have been right at its place.
/// </summary>
static class PipelineGrammar
{
    static readonly Parser<ValueSyntax> Value =
        OneOf(Number, Quoted).XOr(Name("a name")).XOr(input => List!(input));

    static readonly Parser<ValueSyntax> List =
        Spanned(Bracketed("[", Value, "]"), (items, span) => (ValueSyntax)new ListSyntax(items, span));

    static readonly Parser<OptionSyntax> Option =
        from name in Name("an option name")
        from value in Mark("=").Then(_ => Value).XOr(Before<ValueSyntax>(Mark(",").XOr(Mark("}")))!)
        select new OptionSyntax(name.Text, name.Span, value);

    static readonly Parser<IReadOnlyList<OptionSyntax>> Options = Bracketed("{", Option, "}");

    static readonly Parser<IReadOnlyList<StepSyntax>> Body = Mark("(").Then(_ => Separated(Step(Mark(")")), Mark(")")));

    static readonly Parser<ValueSyntax> OperatorName = Name("an operator").XOr<ValueSyntax>(Quoted);
    static readonly Parser<ValueSyntax> ElementTypeName = Name("an element type").Select(n => (ValueSyntax)n);

    static readonly Parser<ConditionSyntax> Condition =
        About(Subject.Op, Listed(OperatorName).XOr(Compared(OperatorName, Comparison.Equal, Comparison.NotEqual)))
        .XOr(About(Subject.Name, Listed(Quoted).XOr(Compared(Quoted, Comparison.Matches))))
        .XOr(About(Subject.Params, Ordered))
        .XOr(About(Subject.Dtype, Listed(ElementTypeName).XOr(Compared(ElementTypeName, Comparison.Equal, Comparison.NotEqual))))
        .XOr(About(Subject.Depth, Ordered))
        .XOr(About(Subject.Scope, Compared(Quoted, Comparison.Matches)));

    static readonly Parser<PredicateSyntax> Term =
        Keyword("not").Then<NameSyntax, PredicateSyntax>(_ => input => Term!(input)).Select(t => (PredicateSyntax)new NotSyntax(t))
        .XOr(Mark("(").Then(_ => Predicate(Mark(")"))).Then(p => Mark(")").Select(_ => p)))
        .XOr(Condition);

    /// <summary>A whole text.</summary>
    public static readonly Parser<IReadOnlyList<StepSyntax>> Pipeline =
        from blanks in Trivia
        from steps in EndOfText.Select(_ => (IReadOnlyList<StepSyntax>)[]).XOr(Separated(Step(EndOfText), EndOfText))
        select steps;

    // `<=` must be tried before `<`, which is the beginning of it.
    static Parser<(Comparison, ValueSyntax)> Ordered => Compared(Number, Comparison.Equal, Comparison.NotEqual, Comparison.LessOrEqual,
        Comparison.Less, Comparison.GreaterOrEqual, Comparison.Greater);

    static Parser<StepSyntax> Step(Parser<string> close)
    {
        var end = Before<PredicateSyntax>(Mark(",").XOr(close));
        var filter = Keyword("where").Then(_ => Predicate(Mark(",").XOr(close))).XOr(end!);
        var reference =
            from at in Mark("@")
            from name in Name("a pipeline name")
            from next in end
            select new StepSyntax(name.Text, name.Span, IsReference: true);
        var pass =
            from name in Name("a pass name")
            let bare = new StepSyntax(name.Text, name.Span)
            from step in Options.Then(o => Rest(bare with { Options = o })).XOr(Rest(bare))
            select step;
        return pass.XOr(reference);

        Parser<StepSyntax> Rest(StepSyntax step) =>
            (from body in Body
             from predicate in filter
             select step with { Body = body, Where = predicate })
            .XOr(from predicate in filter select step with { Where = predicate });
    }

    // Read flat and grouped afterwards: `and` binds tighter than `or`, and either may follow any term.
    static Parser<PredicateSyntax> Predicate(Parser<string> follow) => input =>
    {
        var groups = new List<List<PredicateSyntax>> { new() };
        var connector = Keyword("and").XOr(Keyword("or")).XOr(Before<NameSyntax>(follow)!);
        while (true)
        {
            var term = Term(input);
            if (!term.WasSuccessful) return term;
            groups[^1].Add(term.Value);
            var next = connector(term.Remainder);
            if (!next.WasSuccessful) return Result.Failure<PredicateSyntax>(next.Remainder, "", next.Expectations);
            input = next.Remainder;
            if (next.Value is null) return Result.Success(Join(groups), input);
            if (next.Value.Text == "or") groups.Add([]);
        }
    };

    static PredicateSyntax Join(List<List<PredicateSyntax>> groups)
    {
        var terms = groups.ConvertAll(g => g.Count == 1 ? g[0] : new AndSyntax(g));
        return terms.Count == 1 ? terms[0] : new OrSyntax(terms);
    }

    static Parser<ConditionSyntax> About(Subject subject, Parser<(Comparison Comparison, ValueSyntax Operand)> test) =>
        from word in Keyword(Words.Of(subject))
        from rest in test
        select new ConditionSyntax(subject, rest.Comparison, rest.Operand, word.Span);

    static Parser<(Comparison, ValueSyntax)> Compared(Parser<ValueSyntax> operand, params Comparison[] comparisons) =>
        from comparison in comparisons.Select(c => Mark(Words.Of(c)).Select(_ => c)).Aggregate((a, b) => a.XOr(b))
        from value in operand
        select (comparison, value);

    static Parser<(Comparison, ValueSyntax)> Listed(Parser<ValueSyntax> item) =>
        from word in Keyword("in")
        from list in Spanned(Mark("[").Then(_ => Separated(item, Mark("]"))), (items, span) => new ListSyntax(items, span))
        select (Comparison.In, (ValueSyntax)list);

    static Parser<ValueSyntax> OneOf(Parser<ValueSyntax> first, Parser<ValueSyntax> second) => first.XOr(second);
}
