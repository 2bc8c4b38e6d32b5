using CsCheck;
using Onnxc.Pipelines;
using Xunit;

namespace Onnxc.Tests.Pipelines;

public sealed class PipelineRoundTripTests
{
    static readonly Gen<string> Word = Pick("a", "fold-constants", "x.y", "int8", "B_c", "not-x", "where2", "op", "repeat");
    static readonly Gen<string> Text = Gen.OneOf(Pick("", "\\", "\"", "\\\\", "\\\"", "a\\d+", "q\"\\", "# no comment", "[(]"), Gen.Char[' ', '~'].Array[0, 6].Select(c => new string(c)));
    static readonly Gen<string> Digits = Pick("0", "1", "-1", "0.5", "1e-3", "64k", "2M", "1.5G", "-2.5e+7");
    static readonly Gen<ValueSyntax> Name = Word.Select(w => (ValueSyntax)new NameSyntax(w, default));
    static readonly Gen<ValueSyntax> String = Text.Select(t => (ValueSyntax)new StringSyntax(t, default));
    static readonly Gen<ValueSyntax> Number = Digits.Select(d => (ValueSyntax)new NumberSyntax(d, default));

    static readonly Gen<ValueSyntax> Value = Gen.Recursive<ValueSyntax>((depth, self) =>
        depth > 3 ? Gen.OneOf(Name, String, Number)
            : Gen.OneOf(Name, String, Number, self.Array[0, 3].Select(i => (ValueSyntax)new ListSyntax(i, default))));

    static readonly Gen<PredicateSyntax> Condition = Gen.OneOf(
        Gen.Select(Pick(Comparison.Equal, Comparison.NotEqual), Gen.OneOf(Name, String), (c, v) => (Subject.Op, c, v)),
        Gen.OneOf(Name, String).Array[1, 3].Select(i => (Subject.Op, Comparison.In, (ValueSyntax)new ListSyntax(i, default))),
        Gen.Select(Pick(Subject.Name, Subject.Scope), String, (s, v) => (s, Comparison.Matches, v)),
        Gen.Select(Pick(Subject.Params, Subject.Depth), Gen.Int[0, 5], Number, (s, c, v) => (s, (Comparison)c, v)),
        Gen.Select(Pick(Comparison.Equal, Comparison.NotEqual), Name, (c, v) => (Subject.Dtype, c, v)))
        .Select(c => (PredicateSyntax)new ConditionSyntax(c.Item1, c.Item2, c.Item3, default));

    static readonly Gen<PredicateSyntax> Predicate = Gen.Recursive<PredicateSyntax>((depth, self) =>
        depth > 4 ? Condition : Gen.OneOf(
            Condition,
            self.Select(t => (PredicateSyntax)new NotSyntax(t)),
            self.Array[2, 3].Select(t => (PredicateSyntax)new AndSyntax(t)),
            self.Array[2, 3].Select(t => (PredicateSyntax)new OrSyntax(t))));

    static readonly Gen<OptionSyntax> Option = Gen.Select(Word, Value.Null(), (n, v) => new OptionSyntax(n, default, v));

    static readonly Gen<StepSyntax[]> Steps = Gen.Recursive<StepSyntax[]>((depth, self) => Gen.OneOf(
        Word.Select(w => new StepSyntax(w, default, IsReference: true)),
        Gen.Select(Word, Option.Array[0, 3], depth > 3 ? Gen.Const((StepSyntax[]?)null) : self.Null(), Predicate.Null(), (n, o, b, w) =>
            new StepSyntax(n, default) { Options = o, Body = b, Where = w })).Array[1, 3]);

    static Gen<T> Pick<T>(params T[] items) => Gen.Int[0, items.Length - 1].Select(i => items[i]);

    [Fact]
    public void Printing_round_trips() => Steps.Sample(
        steps =>
        {
            var tree = new PipelineSyntax(steps, new("", null));
            var parsed = PipelineParser.Parse(tree.ToString()).OrThrow();
            Assert.Equal(Dump(tree.Steps), Dump(parsed.Steps));
        }, iter: 2000, threads: 1);

    [Fact]
    public void Any_text_gives_a_pipeline_or_an_error_with_a_place() => Gen.OneOf(Text, Word, Digits, Pick("{", "}", "(", ")", "[", "]", ",", "=", "@", " where ", "op == ", "~", "not "))
        .Array[0, 12].Select(string.Concat).Sample(
        text =>
        {
            var result = PipelineParser.Parse(text);
            if (result.IsOk) return;
            var place = Assert.IsType<Onnxc.Diagnostics.TextLocation>(result.Diagnostics[0].Location);
            Assert.InRange(place.Column, 1, text.Length + 1);
        }, iter: 5000, threads: 1);

    // Another notation than the printer's, with every node and its kind, so that a printer that drops something is found out.
    static string Dump(IEnumerable<StepSyntax> steps) => string.Join(';', steps.Select(s =>
        $"{(s.IsReference ? "ref" : "step")}<{s.Name}|{string.Join(',', s.Options.Select(o => $"{o.Name}:{(o.Value is null ? "bare" : Dump(o.Value))}"))}"
        + $"|{(s.Body is null ? "none" : $"<{Dump(s.Body)}>")}|{(s.Where is null ? "all" : Dump(s.Where))}>"));

    static string Dump(ValueSyntax value) => value switch
    {
        ListSyntax list => $"L<{string.Join(',', list.Items.Select(Dump))}>",
        StringSyntax text => $"S<{text.Text}>",
        NumberSyntax number => $"N<{number.Text}>",
        _ => $"W<{((NameSyntax)value).Text}>",
    };

    static string Dump(PredicateSyntax predicate) => predicate switch
    {
        OrSyntax or => $"or<{string.Join(',', or.Terms.Select(Dump))}>",
        AndSyntax and => $"and<{string.Join(',', and.Terms.Select(Dump))}>",
        NotSyntax not => $"not<{Dump(not.Term)}>",
        _ => predicate is ConditionSyntax c ? $"{c.Subject}<{c.Comparison},{Dump(c.Operand)}>" : "?",
    };
}
