using System.Reflection;
using Onnxc.IR;
using Onnxc.Passes;

namespace Onnxc.Rewriting;

/// <summary>
/// A pass that replaces what matches one pattern, everywhere and until nothing matches. Patterns are static fields of the rule, declared
/// before those that contain them; a rule has no state of its own.
/// </summary>
public abstract class RewriteRule : Pass
{
    /// <summary>The pattern whose outputs are replaced.</summary>
    public abstract OpPattern Root { get; }

    /// <summary>
    /// Versions of the root's domain for which the rule is written; the end is exclusive, as in every <see cref="Range"/>.
    /// </summary>
    public virtual Range Opsets => Range.All;

    /// <summary>True when the rule asks for types or shapes: they are inferred before it runs.</summary>
    public virtual bool NeedsTypes => false;

    /// <summary>
    /// Decides about one match: <see cref="Match.Replace"/> or <see cref="Match.Decline(string)"/>. Changes nothing itself.
    /// </summary>
    public abstract Rewrite Apply(Match m);

    /// <summary>Name of the pass, as its attribute states it.</summary>
    public string Name => field ??= GetType().GetCustomAttribute<PassAttribute>()?.Name ?? GetType().Name;

    public sealed override void Run(Model model, PassContext cx)
    {
        // Without a runtime nothing is inferred, and the rule works with what is declared.
        if (NeedsTypes && model.AllNodes().Any(n => Root.Accepts(n.Op)) && cx.InferTypes(model) is not null) cx.Skip("types could not be inferred");
        Prepare(model);
        // Innermost first: what a body no longer captures is free in the graph around it.
        foreach (var body in model.Bodies().Reverse().ToList())
            if (body.Owner is null or { IsRemoved: false } && IsWrittenFor(body)) new RewriteDriver(this, body, cx).Run();
    }

    /// <summary>Adds to what is known of types, once before each run. Changes nothing else.</summary>
    protected virtual void Prepare(Model model) { }

    bool IsWrittenFor(Graph graph)
    {
        var version = graph.Opsets[Root.Ops[0].Domain];
        var (start, end) = (Opsets.Start, Opsets.End);
        return version >= start.Value && (end.IsFromEnd || version < end.Value);
    }

    protected static Var Any() => new();

    protected static ConstantPattern Constant() => new();

    /// <summary>A node of operator <paramref name="op"/>, written <c>Name</c> or <c>domain:Name</c>.</summary>
    protected static OpPattern Op(string op, params ReadOnlySpan<Pattern> inputs) => new([Parse(op)], [.. inputs]);

    /// <summary>A node of any of several operators of one domain.</summary>
    protected static OpPattern Op(IEnumerable<string> ops, params ReadOnlySpan<Pattern> inputs) => new([.. ops.Select(Parse)], [.. inputs]);

    protected static OpPattern Op(OpId op, params ReadOnlySpan<Pattern> inputs) => new([op], [.. inputs]);

    protected static OneOfPattern OneOf(params ReadOnlySpan<Pattern> alternatives) => new([.. alternatives]);

    /// <summary><paramref name="pattern"/>, or an input that is left out.</summary>
    protected static OneOfPattern Optional(Pattern pattern) => new([pattern, Missing]);

    /// <summary>An optional input that is left out.</summary>
    protected static MissingPattern Missing => MissingPattern.Instance;

    static OpId Parse(string op) =>
        op.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? new(op[..colon], op[(colon + 1)..]) : new("", op);
}
