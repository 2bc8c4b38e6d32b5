using Onnxc.Passes;
using Onnxc.Rewriting;

namespace Onnxc.Tests.Rewriting;

/// <summary>A rule made of its parts, so that tests need no class each.</summary>
[Pass("test-rule", "test")]
sealed class TestRule(OpPattern root, Func<Match, Rewrite> apply, Range? opsets = null) : RewriteRule
{
    public override OpPattern Root => root;

    public override Range Opsets => opsets ?? Range.All;

    public override Rewrite Apply(Match m) => apply(m);

    public static new Var Any() => RewriteRule.Any();

    public static new ConstantPattern Constant() => RewriteRule.Constant();

    public static new OpPattern Op(string op, params ReadOnlySpan<Pattern> inputs) => RewriteRule.Op(op, inputs);

    public static new OneOfPattern OneOf(params ReadOnlySpan<Pattern> alternatives) => RewriteRule.OneOf(alternatives);

    public static new OneOfPattern Optional(Pattern pattern) => RewriteRule.Optional(pattern);

    public static new MissingPattern Missing => RewriteRule.Missing;
}
