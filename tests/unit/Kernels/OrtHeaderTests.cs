using System.Reflection;
using System.Text.RegularExpressions;
using Onnxc.Kernels.Native;
using Xunit;

namespace Onnxc.Tests.Kernels;

/// <summary>The binding against the C header that ships with ONNX Runtime.</summary>
public sealed partial class OrtHeaderTests
{
    static readonly string Header = Comment().Replace(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "onnxruntime_c_api.h")), "");

    static string Body(string type)
    {
        var start = Header.IndexOf($"\nstruct {type} {{", StringComparison.Ordinal);
        Assert.True(start > 0, $"the header has no {type}");
        return Header[start..Header.IndexOf("\n};", start, StringComparison.Ordinal)];
    }

    [Fact]
    public void Entries_of_the_table_stand_where_the_header_has_them()
    {
        var names = Function().Matches(Body("OrtApi")).Select(m => m.Groups[1].Success ? m.Groups[1].Value : m.Groups[2].Success ? "Release" + m.Groups[2].Value : m.Groups[3].Success ? m.Groups[3].Value : m.Groups[4].Value).ToList();
        Assert.True(names.Count > 400, $"only {names.Count} functions were found");
        Assert.All(Enum.GetValues<Api>(), entry => Assert.Equal(entry.ToString(), names[(int)entry]));
    }

    [Fact]
    public void Fields_of_a_custom_operator_stand_in_the_order_of_the_header()
    {
        var expected = Pointer().Matches(Body("OrtCustomOp")).Select(m => m.Groups[1].Value).Prepend("Version").ToList();
        var fields = typeof(CustomOp).GetFields(BindingFlags.Instance | BindingFlags.Public).Select(f => f.Name).ToList();
        Assert.Equal(expected, fields.Take(expected.Count));
        Assert.Equal(["Table", "Name", "Provider", "Device", "Index", "Element"], fields.Skip(expected.Count));
    }

    [GeneratedRegex(@"/\*.*?\*/|//[^\n]*", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"ORT_API2_STATUS\(\s*(\w+)|ORT_CLASS_RELEASE\(\s*(\w+)|ORT_API_T\([^,]+,\s*(\w+)|\(\s*ORT_API_CALL\s*\*\s*(\w+)\s*\)")]
    private static partial Regex Function();

    [GeneratedRegex(@"\(\s*ORT_API_CALL\s*\*\s*(\w+)\s*\)")]
    private static partial Regex Pointer();
}
