using Onnxc.Passes.Experts;
using Xunit;

namespace Onnxc.Tests.Passes.Experts;

/// <summary>Scores of CFSP that are known in closed form.</summary>
public sealed class CfspScoreTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Weights_cancel_from_scores_within_columns(int seed)
    {
        var random = new Random(seed);
        float[] Matrix() => [.. Enumerable.Range(0, 6).Select(_ => (float)random.NextDouble() + 0.1f)];
        var scores = CfspScore.Channels([Matrix(), Matrix()], Matrix(), [2, 1, 3], PruneMethod.Cfsp);
        Assert.All(scores.Zip([3.0, 1.5, 4.5]), pair => Assert.Equal(pair.Second, pair.First, 9));
    }

    [Fact]
    public void Weights_count_in_scores_within_rows()
    {
        // Channel 0 has all of the weight that comes in.
        var scores = CfspScore.Channels([[1, 0, 1, 0]], [1, 1, 1, 1], [1, 1], PruneMethod.CfspRows);
        Assert.True(scores[0] > scores[1] + 0.9);
    }

    [Fact]
    public void Blocks_that_change_their_input_more_keep_more()
    {
        var keep = CfspScore.Keep([5200, 4100, 3900, 6800], 0.25);
        Assert.All(keep.Zip([0.75753, 0.7163, 0.70882, 0.81735]), pair => Assert.Equal(pair.Second, pair.First, 5));
        Assert.Equal(0.75, keep.Average(), 12);
    }

    [Fact]
    public void No_block_keeps_more_than_it_has()
    {
        var keep = CfspScore.Keep([60_000, 1000, 1000, 1000], 0.1);
        Assert.True(keep.Max() < 1);
        Assert.Equal(0.9, keep.Average(), 9);
    }

    [Theory]
    [InlineData(3584, 0.75, 128, 2688)]
    [InlineData(512, 0.6, 128, 256)]
    [InlineData(128, 0.1, 128, 128)]
    [InlineData(10, 0.55, 1, 6)]
    public void Counts_are_multiples(int channels, double share, int multiple, int expected) => Assert.Equal(expected, CfspScore.Count(channels, share, multiple));
}
