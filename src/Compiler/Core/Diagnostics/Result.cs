using System.Diagnostics.CodeAnalysis;

namespace Onnxc.Diagnostics;

/// <summary>A value, or the errors that prevented it; warnings may come with either.</summary>
public sealed class Result<T> where T : class
{
    Result(T? value, IReadOnlyList<Diagnostic> diagnostics) => (Value, Diagnostics) = (value, diagnostics);

    public T? Value { get; }
    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsOk => Value is not null;

    public static Result<T> Ok(T value, IReadOnlyList<Diagnostic>? warnings = null) => new(value, warnings ?? []);

    public static Result<T> Fail(params IReadOnlyList<Diagnostic> errors) => new(null, errors);

    /// <summary>The value; throws what went wrong otherwise. For callers that know it cannot fail, tests above all.</summary>
    public T OrThrow() => Value ?? throw new DiagnosticException(Diagnostics.First(d => d.IsError));
}
