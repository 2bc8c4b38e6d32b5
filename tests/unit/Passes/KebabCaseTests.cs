using Onnxc.Passes;
using Xunit;

namespace Onnxc.Tests.Passes;

public sealed class KebabCaseTests
{
    [Theory]
    [InlineData("FoldConstants", "fold-constants")]
    [InlineData("Int4", "int4")]
    [InlineData("HQQMethod", "hqq-method")]
    [InlineData("FtClipact", "ft-clipact")]
    [InlineData("A", "a")]
    public void Names(string name, string expected) => Assert.Equal(expected, KebabCase.Of(name));
}
