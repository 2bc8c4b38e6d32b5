using System.Collections.Immutable;

namespace Onnxc.Rewriting;

/// <summary>The first of several patterns that leads to a match of the whole rule; the bindings of the others stay empty.</summary>
public sealed class OneOfPattern : Pattern
{
    internal OneOfPattern(ImmutableArray<Pattern> alternatives) => Alternatives = alternatives;

    public ImmutableArray<Pattern> Alternatives { get; }
}
