using Onnxc.Passes;
using Xunit;

namespace Onnxc.Tests.Passes;

public sealed class PassInfoTests
{
    [Fact]
    public void Reflection_finds_what_a_pass_declares()
    {
        var info = PassInfo.Of(typeof(FakePasses.Everything));
        Assert.Equal(("everything", Numerics.Approximate, true), (info.Name, info.Numerics, info.SupportsWhere));
        Assert.Equal(
            ["flag=false", "count=3", "max-elements=65536", "rate=0.5", "scale=1.5", "name=\"\"", "method=hqq", "block=none", "only=[]", "rates=[0.1, 0.2]", "methods=[]"],
            info.Options.Select(o => $"{o.Name}={o.DefaultText}"));
        var method = info.Options.Single(o => o.Name == "method");
        Assert.Equal(["round-to-nearest", "hqq", "int4"], method.Choices);
        Assert.Equal("one of `round-to-nearest`, `hqq`, `int4`", method.Takes);
        Assert.Equal("A choice | of three.", method.Help);
    }

    [Fact]
    public void Types_that_are_no_passes_are_refused() => Assert.Throws<ArgumentException>(() => PassInfo.Of(typeof(string)));

    [Fact]
    public void The_document_lists_passes_options_and_pipelines_the_same_way_every_time()
    {
        var text = PassesDocument.Generate(FakePasses.Catalog);
        Assert.Equal(text, PassesDocument.Generate(FakePasses.Catalog));
        Assert.Contains("| [`rename-op`](#rename-op) | exact | Replaces every selected operator `from` by `to`. |\n", text, StringComparison.Ordinal);
        Assert.Contains("| `method` | one of `round-to-nearest`, `hqq`, `int4` | `hqq` | A choice \\| of three. |\n", text, StringComparison.Ordinal);
        Assert.Contains("| `@basic` | Both. | `drop-identity, rename-op` |\n", text, StringComparison.Ordinal);
        Assert.Contains("Numerics: exact. Takes no `where`.", text, StringComparison.Ordinal);
    }
}
