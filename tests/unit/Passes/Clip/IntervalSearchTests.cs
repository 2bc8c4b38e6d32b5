using Onnxc.Passes.Clip;
using Xunit;

namespace Onnxc.Tests.Passes.Clip;

public sealed class IntervalSearchTests
{
    static (double? Place, int Measured, int Published) Search(Func<double, double> area, double delta = 0.2, int least = 3, int most = 4)
    {
        var measured = 0;
        var search = new IntervalSearch(delta, least, most);
        var place = search.Find(9, places =>
        {
            measured += places.Count;
            return [.. places.Select(area)];
        });
        return (place, measured, search.Published);
    }

    [Fact]
    public void Goes_to_the_middle_of_the_neighbours_of_the_best()
    {
        // Thirds of [0, 9]; the best, 3, leaves [0, 6]; then 2 or 4, and so on.
        var (place, _, published) = Search(x => -Math.Abs(x - 3.5), delta: 0, most: 4);
        Assert.InRange(place!.Value, 3.2, 3.8);
        Assert.Equal(16, published);
    }

    [Fact]
    public void Measures_no_place_twice()
    {
        var (_, measured, published) = Search(x => -x, delta: 0);
        Assert.Equal(16, published);
        // Four, then two new ones between the ends of each third.
        Assert.Equal(10, measured);
    }

    [Fact]
    public void Stops_after_the_third_round_when_areas_are_close() => Assert.Equal(12, Search(_ => 50).Published);

    [Fact]
    public void Goes_on_to_the_fourth_when_they_are_not() => Assert.Equal(16, Search(x => 10 * x).Published);

    [Fact]
    public void Finds_the_upper_end_when_more_is_better() => Assert.Equal(9, Search(x => x).Place);
}
