using System.Reflection;
using System.Text.RegularExpressions;
using Onnxc.Compilation;
using Onnxc.IR;
using Onnxc.Kernels;
using Onnxc.Operators;
using Onnxc.Passes;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Architecture;

/// <summary>The rules of the house that a compiler does not enforce.</summary>
public sealed partial class ArchitectureTests
{
    static readonly Assembly Core = typeof(Model).Assembly;
    static readonly Assembly PassLibrary = typeof(Catalog).Assembly;
    static readonly Assembly Engine = typeof(OrtModel).Assembly;

    static IEnumerable<string> Sources(params string[] folders) =>
        folders.SelectMany(f => Directory.EnumerateFiles(Path.Combine(SharedData.Repository, f), "*.cs", SearchOption.AllDirectories)).Order(StringComparer.Ordinal);

    [Fact]
    public void Dependencies_run_one_way()
    {
        Assert.DoesNotContain(Core.GetReferencedAssemblies(), a => a.Name!.Contains("OnnxRuntime", StringComparison.Ordinal) || a.Name.StartsWith("Onnxc", StringComparison.Ordinal));
        Assert.Equal(["Onnxc.Core"], References(PassLibrary));
        Assert.Equal(["Onnxc.Core", "Onnxc.Kernels"], References(Engine));
        Assert.Empty(References(typeof(KernelLibrary).Assembly));
        Assert.All(typeof(KernelLibrary).Assembly.GetReferencedAssemblies(), a => Assert.StartsWith("System.", a.Name!));
        Assert.Equal(["Onnxc.Core", "Onnxc.Passes", "Onnxc.Runtime"], References(typeof(Compiler).Assembly));

        static IEnumerable<string> References(Assembly assembly) =>
            assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Onnxc", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Passes_see_neither_protobuf_nor_ONNX_Runtime()
    {
        foreach (var name in PassLibrary.GetReferencedAssemblies().Select(a => a.Name!))
            Assert.DoesNotMatch("Protobuf|OnnxRuntime|Sprache", name);
        Assert.DoesNotContain(Core.GetExportedTypes(), t => t.Namespace == "Onnxc.Serialization.Proto");
    }

    [Fact]
    public void Every_pass_is_in_the_catalogue_in_the_order_of_names()
    {
        var passes = PassLibrary.GetTypes().Where(t => t is { IsAbstract: false, IsClass: true } && t.IsSubclassOf(typeof(Pass))).ToHashSet();
        Assert.Equal(passes.Select(t => t.Name).Order(StringComparer.Ordinal), Catalog.Passes.Select(t => t.Name));
    }

    [Fact]
    public void Names_of_passes_are_their_classes_in_kebab_case() =>
        Assert.All(Catalog.Passes, t => Assert.Equal(KebabCase.Of(t.Name), t.GetCustomAttribute<PassAttribute>()!.Name));

    [Fact]
    public void PASSES_md_is_fresh() => AssertFresh("PASSES.md", PassesDocument.Generate(StandardCatalog.Instance));

    [Fact]
    public void OPERATORS_md_is_fresh() => AssertFresh("OPERATORS.md", OperatorsDocument.Generate());

    [Fact]
    public void Every_operator_has_one_function_and_one_kernel() => Assert.Equal(OperatorLibrary.All.Select(o => o.Name), KernelLibrary.Operators);

    static void AssertFresh(string document, string expected)
    {
        var path = Path.Combine(SharedData.Repository, document);
        if (Environment.GetEnvironmentVariable("ONNXC_UPDATE") == "1") File.WriteAllText(path, expected);
        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected, $"{document} is stale: run `ONNXC_UPDATE=1 dotnet test`, then read the difference");
    }

    [Fact]
    public void No_source_file_is_longer_than_400_lines() =>
        Assert.All(Sources("src", "tests", "benchmarks"), f => Assert.True(File.ReadLines(f).Count() <= 400, $"{f} has {File.ReadLines(f).Count()} lines"));

    [Fact]
    public void Every_public_type_has_a_file_named_after_it()
    {
        foreach (var file in Sources("src"))
        {
            var types = PublicType().Matches(File.ReadAllText(file)).Select(m => m.Groups[1].Value).Distinct().ToList();
            var name = Path.GetFileNameWithoutExtension(file);
            Assert.True(types.Count <= 1, $"{file} holds {string.Join(", ", types)}");
            // `Descriptors.Text.cs` is the part of `Descriptors` that its suffix names; `Result{T}.cs` would be its generic twin.
            if (types.Count == 1) Assert.Equal(types[0], name.Split('.', '{')[0]);
        }
    }

    [Fact]
    public void Nothing_is_left_to_do_in_the_sources()
    {
        foreach (var file in Sources("src", "benchmarks")) Assert.DoesNotMatch(@"\b(TODO|FIXME|HACK)\b|NotImplementedException", File.ReadAllText(file));
    }

    [Fact]
    public void Relative_links_in_documents_lead_somewhere()
    {
        foreach (var document in Directory.EnumerateFiles(SharedData.Repository, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(SharedData.Repository, "examples"), "*.md", SearchOption.AllDirectories)))
            foreach (var target in Link().Matches(File.ReadAllText(document)).Select(m => m.Groups[1].Value))
            {
                var path = Path.Combine(Path.GetDirectoryName(document)!, target);
                Assert.True(File.Exists(path) || Directory.Exists(path), $"{document} links to {target}");
            }
    }

    [GeneratedRegex(@"^public (?:static |sealed |abstract |readonly |partial |unsafe |ref )*(?:class|record struct|record|struct|interface|enum|delegate [\w<>?]+) (\w+)", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#\s]+)")]
    private static partial Regex Link();
}
