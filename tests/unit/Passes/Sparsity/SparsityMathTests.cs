using Onnxc.Passes.Sparsity;
using Onnxc.Runtime;
using Xunit;

namespace Onnxc.Tests.Passes.Sparsity;

/// <summary>Values that papers, or arithmetic by hand, give.</summary>
public sealed class SparsityMathTests
{
    // Contributions (2, 0.3, 0.1) of the hidden row (2, 0.1, -0.05).
    static readonly float[] Hidden = [2, 0.1f, -0.05f], Down = [1, 0, 0, 3, 2, 0];

    static float[] Sizes(float[] norms) => [.. Hidden.Zip(norms, (h, n) => Math.Abs(h) * n)];

    [Fact]
    public void A_contribution_is_a_number_times_the_norm_of_its_weights()
    {
        var norms = Contributions.Norms(Down, 3);
        Assert.Equal([1, 3, 2], norms);
        Assert.Equal([2, 0.3, 0.1], Sizes(norms).Select(s => Math.Round(s, 6)));
    }

    [Fact]
    public void What_is_left_out_is_measured_by_its_share_of_the_result()
    {
        var errors = Contributions.Cett(Hidden, Sizes([1, 3, 2]), Down, 3, [0.05f, 0.15f, 0.35f, 5]);
        Assert.Equal([0, 0.051988, 0.164399, 1], errors.Select(e => Math.Round(e, 6)));
    }

    [Fact]
    public void Of_equal_bounds_all_lose_the_same() =>
        Assert.Equal([0.051988, 0.051988, 0.051988, 0.051988], Contributions.Cett(Hidden, Sizes([1, 3, 2]), Down, 3, [0.1f, 0.1f, 0.1f, 0.1f]).Select(e => Math.Round(e, 6)));

    [Fact]
    public void Rows_of_zeros_lose_nothing() => Assert.Equal([0], Contributions.Cett([0, 0, 0], [0, 0, 0], Down, 3, [1]));

    [Fact]
    public void A_curve_goes_from_shares_to_errors_and_back()
    {
        var random = new SplitMix(3);
        var rows = Enumerable.Range(0, 40 * 50).Select(_ => (float)random.Normal()).ToArray();
        var weights = Enumerable.Range(0, 50 * 8).Select(_ => (float)random.Normal()).ToArray();
        var curve = new ErrorCurve(rows, Array.ConvertAll(rows, Math.Abs), weights, 50);
        Assert.Equal(1, curve.Error(1), 1e-6);
        foreach (var share in new[] { 0.1, 0.37, 0.5, 0.9 }) Assert.Equal(share, curve.Share(curve.Error(share)), 1e-6);
        Assert.Equal(0.25, curve.ShareBelow(curve.Bound(0.25)), 1e-6);
        Assert.True(curve.Bound(0) < 0);
    }

    /// <summary>The example of TEAL: half of the inputs are at most 0.3.</summary>
    [Fact]
    public void Half_of_the_inputs_are_at_most_their_median()
    {
        float[] sizes = [0.1f, 0.4f, 0.05f, 1.2f, 0.9f, 0.3f, 0.02f, 0.7f];
        Array.Sort(sizes);
        Assert.Equal(0.3f, ErrorCurve.Quantile(sizes, 0.5));
    }

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.75, 0.6744898)]
    [InlineData(0.92, 1.405072)]
    [InlineData(0.95, 1.644854)]
    [InlineData(0.05, -1.644854)]
    [InlineData(0.001, -3.090232)]
    [InlineData(1e-6, -4.753424)]
    public void Quantiles_of_the_normal_distribution(double share, double quantile) => Assert.Equal(quantile, NormalDistribution.Quantile(share), 1e-6);

    /// <summary>Mean 0.3 and standard deviation 1.4133294, divisor n.</summary>
    [Fact]
    public void A_statistical_threshold_is_mean_and_deviations()
    {
        float[] row = [0.2f, -1, 3, 0.5f, -0.3f, 1.4f, -2, 0.6f];
        Assert.Equal(1.2532762, StatisticalThreshold.Of(row, NormalDistribution.Quantile(0.75)), 1e-6);
        Assert.Equal(2 / 8.0, StatisticalThreshold.Active(row, 8, NormalDistribution.Quantile(0.75)));
    }

    /// <summary>The quantile of the normal distribution keeps what is asked for of normal rows, and too little of rows with heavy tails.</summary>
    [Fact]
    public void A_multiplier_is_fitted_where_rows_are_not_normal()
    {
        const int Width = 2000;
        var random = new SplitMix(8);
        var normal = Enumerable.Range(0, 20 * Width).Select(_ => (float)random.Normal()).ToArray();
        var heavy = Enumerable.Range(0, 20 * Width).Select(_ => (float)(random.Normal() / Math.Pow(Math.Abs(random.Normal()), 0.9))).ToArray();
        var quantile = NormalDistribution.Quantile(0.92);
        Assert.Equal(0.08, StatisticalThreshold.Active(normal, Width, quantile), 0.004);
        Assert.Equal(quantile, StatisticalThreshold.Calibrate(normal, Width, 0.92, quantile));
        Assert.True(StatisticalThreshold.Active(heavy, Width, quantile) < 0.06);
        Assert.Equal(0.08, StatisticalThreshold.Active(heavy, Width, StatisticalThreshold.Calibrate(heavy, Width, 0.92, quantile)), 0.002);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0.9999999)]
    [InlineData(3.1622777e-4f, 0.5)]
    public void The_surrogate_of_density_is_half_where_the_square_is_its_epsilon(float o, double share) => Assert.Equal(share, SparsityAnalysis.Deft(o), 1e-6);

    /// <summary>Of three neurons one is idle in all rows of the first chunk, and two in the second.</summary>
    [Fact]
    public void A_neuron_is_idle_for_a_chunk_when_it_is_for_every_row() =>
        Assert.Equal((1 + 2) / 6.0, SparsityAnalysis.ChunkLevel([1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0], 3, 0.5f, 2), 1e-9);
}
