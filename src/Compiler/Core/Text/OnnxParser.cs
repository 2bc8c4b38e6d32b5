using Onnxc.Diagnostics;
using Onnxc.IR;
using Onnxc.Serialization;
using Sprache;

namespace Onnxc.Text;

/// <summary>
/// Reads models in the ONNX textual syntax, official or as <see cref="OnnxPrinter"/> prints it. Takes time and memory linear in the text.
/// </summary>
public static class OnnxParser
{
    /// <summary>
    /// Reads a model. <paramref name="file"/> is where the text comes from: messages name it, and external data is looked for beneath its
    /// folder. Without it external data is an error.
    /// </summary>
    public static Result<Model> Parse(string text, string? file = null) => Parse(text, file, file is null ? null : new ExternalText(file));

    /// <summary>Reads a model whose external data, if any, <paramref name="external"/> opens.</summary>
    internal static Result<Model> Parse(string text, string? file, IExternalData? external) =>
        Run(GraphGrammar.Model, new TextSource(text, file, external), (syntax, binder) => binder.BindModel(syntax));

    /// <summary>Reads one function and adds it to <paramref name="into"/>, which is unchanged when that fails.</summary>
    public static Result<Function> ParseFunction(string text, Model into)
    {
        ArgumentNullException.ThrowIfNull(into);
        return Run(GraphGrammar.FunctionAlone, new TextSource(text, null, null), (syntax, binder) =>
        {
            var function = binder.BindFunction(syntax, into);
            into.Main.Touch();
            return function;
        });
    }

    static Result<T> Run<TSyntax, T>(Parser<TSyntax> grammar, TextSource source, Func<TSyntax, Binder, T> bind) where T : class
    {
        ArgumentNullException.ThrowIfNull(source.Text);
        try
        {
            // A byte order mark is no part of the text.
            var syntax = grammar(new TextInput(source, source.Text.StartsWith('\uFEFF') ? 1 : 0, 0));
            if (!syntax.WasSuccessful) throw source.Unexpected(syntax.Remainder.Position, syntax.Expectations);
            var binder = new Binder(source);
            var value = bind(syntax.Value, binder);
            return Result<T>.Ok(value, binder.Warnings);
        }
        catch (DiagnosticException e)
        {
            return Result<T>.Fail(e.Diagnostic);
        }
    }
}
