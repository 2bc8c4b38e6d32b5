using Onnxc.Diagnostics;
using Onnxc.Passes;

namespace Onnxc.Pipelines;

/// <summary>Resolves the names of a pipeline against a catalogue. Every error is found, not only the first.</summary>
public sealed class PipelineBinder
{
    readonly PassCatalog catalog;
    readonly List<Diagnostic> errors = [];
    // Names of the built-in pipelines being expanded, outermost first.
    readonly List<string> expanding = [];

    PipelineBinder(PassCatalog catalog) => this.catalog = catalog;

    public static Result<BoundPipeline> Bind(PipelineSyntax syntax, PassCatalog catalog)
    {
        var binder = new PipelineBinder(catalog);
        var steps = binder.Bind(syntax.Steps, syntax.Source, null).ToList();
        return binder.errors.Count == 0
            ? Result<BoundPipeline>.Ok(new BoundPipeline(steps, syntax.ToString()))
            : Result<BoundPipeline>.Fail(binder.errors);
    }

    /// <summary>Parses and binds.</summary>
    public static Result<BoundPipeline> Bind(string text, PassCatalog catalog, string? file = null) =>
        PipelineParser.Parse(text, file) is var parsed && parsed.IsOk
            ? Bind(parsed.Value, catalog)
            : Result<BoundPipeline>.Fail(parsed.Diagnostics);

    List<BoundStep> Bind(IReadOnlyList<StepSyntax> steps, PipelineSource source, string? origin) =>
        [.. steps.SelectMany(s => s.IsReference ? Expand(s, source) : BindStep(s, source, origin))];

    List<BoundStep> Expand(StepSyntax step, PipelineSource source)
    {
        if (!catalog.Pipelines.TryGetValue(step.Name, out var pipeline))
        {
            Report(Descriptors.UnknownPipeline, source, step.NameSpan, Suggestions.Help(step.Name, catalog.Pipelines.Keys), step.Name);
            return [];
        }
        if (expanding.Contains(step.Name))
        {
            var circle = expanding.SkipWhile(n => n != step.Name).Append(step.Name).Select(n => $"`@{n}`");
            Report(Descriptors.PipelineCycle, source, step.NameSpan, null, step.Name, string.Join(" -> ", circle));
            return [];
        }
        var parsed = PipelineParser.Parse(pipeline.Text, $"@{step.Name}");
        errors.AddRange(parsed.Diagnostics);
        if (!parsed.IsOk) return [];
        expanding.Add(step.Name);
        var steps = Bind(parsed.Value.Steps, parsed.Value.Source, $"@{step.Name}");
        expanding.RemoveAt(expanding.Count - 1);
        return steps;
    }

    IEnumerable<BoundStep> BindStep(StepSyntax step, PipelineSource source, string? origin)
    {
        if (step.Name == RepeatStep.Name) return BindRepeat(step, source, origin);
        if (step.Body is { } body)
        {
            Report(Descriptors.UnexpectedBody, source, step.NameSpan, null, step.Name);
            Bind(body, source, origin);
        }
        var where = step.Where is { } predicate ? new PredicateBinder(source, errors).Bind(predicate) : null;
        if (catalog.Find(step.Name) is not { } info)
        {
            var candidates = catalog.Passes.Select(p => p.Name).Append(RepeatStep.Name);
            var help = catalog.Pipelines.ContainsKey(step.Name)
                ? $"the built-in pipeline of that name is written `@{step.Name}`"
                : Suggestions.Help(step.Name, candidates);
            Report(Descriptors.UnknownPass, source, step.NameSpan, help, step.Name);
            return [];
        }
        if (where is not null && !info.SupportsWhere) Report(Descriptors.WhereUnsupported, source, step.NameSpan, null, step.Name);
        return Create(info, BindOptions(step, info.Options, source)) is { } pass ? [new PassStep(pass, info, where, step.ToString(), origin) { Configuration = (step with { Where = null }).ToString() }] : [];

        Pass? Create(PassInfo info, Dictionary<string, object?>? values)
        {
            if (values is null) return null;
            try
            {
                return info.Create(values);
            }
            catch (Exception e) when (e is ArgumentException or DiagnosticException)
            {
                if (e is DiagnosticException known) errors.Add(known.Diagnostic with { Location = known.Diagnostic.Location ?? source.At(step.NameSpan) });
                else Report(Descriptors.OptionsRejected, source, step.NameSpan, null, step.Name, e.Message);
                return null;
            }
        }
    }

    IEnumerable<BoundStep> BindRepeat(StepSyntax step, PipelineSource source, string? origin)
    {
        if (step.Where is not null) Report(Descriptors.WhereUnsupported, source, step.NameSpan, "put `where` behind the steps inside", step.Name);
        var values = BindOptions(step, RepeatStep.OptionList, source) ?? [];
        var max = values.GetValueOrDefault("max") as int? ?? RepeatStep.Defaults.Max;
        if (max < 1)
        {
            var value = step.Options.First(o => o.Name == "max").Value!;
            Report(Descriptors.BadOptionValue, source, value.Span, null, step.Name, "max", "a whole number from 1", value);
        }
        if (step.Body is not { } body)
        {
            Report(Descriptors.MissingBody, source, step.NameSpan, $"write `{step.Name}(pass, pass)`", step.Name);
            return [];
        }
        return [new RepeatStep(max, Bind(body, source, origin), step.ToString(), origin)];
    }

    // Null when an option is wrong.
    Dictionary<string, object?>? BindOptions(StepSyntax step, IReadOnlyList<OptionInfo> options, PipelineSource source)
    {
        var before = errors.Count;
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var given in step.Options)
        {
            if (!seen.Add(given.Name))
            {
                Report(Descriptors.RepeatedOption, source, given.NameSpan, null, step.Name, given.Name);
                continue;
            }
            if (options.FirstOrDefault(o => o.Name == given.Name) is not { } option)
            {
                var help = Suggestions.Help(given.Name, options.Select(o => o.Name))
                    ?? (options.Count == 0 ? "it has no options" : $"its options are {string.Join(", ", options.Select(o => $"`{o.Name}`"))}");
                Report(Descriptors.UnknownOption, source, given.NameSpan, help, step.Name, given.Name);
                continue;
            }
            if (OptionBinder.TryConvert(option, given.Value, out var value))
            {
                values[option.Name] = value;
                continue;
            }
            var found = given.Value?.ToString() ?? "true";
            Report(Descriptors.BadOptionValue, source, given.Value?.Span ?? given.NameSpan, Suggestions.Help(found, option.Choices),
                step.Name, option.Name, option.Takes, found);
        }
        return errors.Count == before ? values : null;
    }

    void Report(Descriptor descriptor, PipelineSource source, SourceSpan span, string? help, params ReadOnlySpan<object?> arguments)
    {
        var error = Diagnostic.Create(descriptor, source.At(span), arguments);
        errors.Add(help is null ? error : error.WithHelp(help));
    }
}
