using System.Reflection;
using System.Text.RegularExpressions;
using Onnxc.Passes;
using Xunit;

namespace Onnxc.Tests.Passes;

public sealed class CatalogTests
{
    static string NameOf(Type type) => type.GetCustomAttribute<PassAttribute>()!.Name;

    [Fact]
    public void Lists_every_pass_in_order()
    {
        var passes = typeof(Catalog).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Pass)) && !t.IsAbstract);
        Assert.Equal(passes.OrderBy(NameOf, StringComparer.Ordinal), Catalog.Passes);
    }

    [Fact]
    public void Names_are_the_classes_in_kebab_case() =>
        Assert.All(Catalog.Passes, t => Assert.Equal(NameOf(t), Regex.Replace(t.Name, "(?<!^)([A-Z])", "-$1").ToLowerInvariant()));

    [Fact]
    public void Built_in_pipelines_name_known_passes()
    {
        var names = Catalog.Passes.Select(NameOf).Concat(Onnxc.Passes.Pipelines.BuiltIn.Keys.Select(k => $"@{k}")).Append("repeat").ToHashSet();
        foreach (var (text, _) in Onnxc.Passes.Pipelines.BuiltIn.Values)
            Assert.All(Regex.Matches(Regex.Replace(text, @"\{[^}]*\}", ""), "@?[a-z-]+").Select(m => m.Value), n => Assert.Contains(n, names));
    }

    [Fact]
    public void The_default_pipeline_is_exact() =>
        Assert.All(
            Catalog.Passes.Where(t => Regex.IsMatch(Onnxc.Passes.Pipelines.BuiltIn["default"].Text + Onnxc.Passes.Pipelines.BuiltIn["basic"].Text, $@"(?<![a-z-]){NameOf(t)}(?![a-z-])")),
            t => Assert.Equal(Numerics.Exact, t.GetCustomAttribute<PassAttribute>()!.Numerics));
}
