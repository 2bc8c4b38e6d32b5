using System.Collections.Immutable;

namespace Onnxc.IR;

/// <summary>Operator sets that a model or function is written against: domain to version. Immutable.</summary>
public sealed class OpsetImports
{
    readonly ImmutableSortedDictionary<string, long> versions;

    OpsetImports(ImmutableSortedDictionary<string, long> versions) => this.versions = versions;

    public static readonly OpsetImports Empty = new(ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal));

    /// <summary>Version of <paramref name="domain"/>, or 0 when it is not imported.</summary>
    public long this[string domain] => versions.GetValueOrDefault(Normalize(domain));

    public bool Has(string domain) => versions.ContainsKey(Normalize(domain));

    public IEnumerable<KeyValuePair<string, long>> Entries => versions;

    public OpsetImports With(string domain, long version) => new(versions.SetItem(Normalize(domain), version));

    static string Normalize(string domain) => domain == "ai.onnx" ? "" : domain;
}
