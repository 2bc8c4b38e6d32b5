using System.Collections.Immutable;

namespace Onnxc.Passes;

/// <summary>The passes and built-in pipelines that pipelines can name. Immutable.</summary>
public sealed class PassCatalog
{
    readonly ImmutableSortedDictionary<string, PassInfo> passes;
    readonly ImmutableSortedDictionary<string, BuiltInPipeline> pipelines;

    /// <summary>Throws <see cref="ArgumentException"/> when two passes have one name.</summary>
    public PassCatalog(IEnumerable<PassInfo> passes, IReadOnlyDictionary<string, BuiltInPipeline>? pipelines = null)
    {
        this.passes = passes.ToImmutableSortedDictionary(p => p.Name, p => p, StringComparer.Ordinal);
        this.pipelines = (pipelines ?? ImmutableDictionary<string, BuiltInPipeline>.Empty).ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    public PassCatalog(IEnumerable<Type> passes, IReadOnlyDictionary<string, BuiltInPipeline>? pipelines = null)
        : this(passes.Select(PassInfo.Of), pipelines) { }

    /// <summary>Passes by name.</summary>
    public IEnumerable<PassInfo> Passes => passes.Values;

    /// <summary>Built-in pipelines by name, written without the <c>@</c>.</summary>
    public IReadOnlyDictionary<string, BuiltInPipeline> Pipelines => pipelines;

    public PassInfo? Find(string name) => passes.GetValueOrDefault(name);
}
