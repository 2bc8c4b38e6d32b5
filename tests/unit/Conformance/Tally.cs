using System.Collections.Concurrent;
using Xunit;

namespace Onnxc.Tests.Conformance;

/// <summary>What became of many cases: compared, wrong, or not run for a reason. Safe to use from several threads.</summary>
sealed class Tally
{
    readonly ConcurrentDictionary<string, ConcurrentBag<string>> left = new(StringComparer.Ordinal);
    readonly ConcurrentBag<string> wrong = [], rounded = [], gained = [];
    int loaded, compared, expected;

    public int Loaded => loaded;
    public int Compared => compared;

    /// <summary>How many gave the outputs that the data expects.</summary>
    public int Expected => expected;

    /// <summary>Cases with the expected outputs, but not the bits of the original.</summary>
    public IReadOnlyCollection<string> Rounded => rounded;

    public IReadOnlyList<string> Wrong => [.. wrong.Order(StringComparer.Ordinal)];

    public void Load() => Interlocked.Increment(ref loaded);

    public void Compare() => Interlocked.Increment(ref compared);

    /// <summary>The outputs are the expected ones; <paramref name="sameBits"/>: and the original's, bit for bit.</summary>
    public void Expect(string name, bool sameBits)
    {
        Interlocked.Increment(ref expected);
        if (!sameBits) rounded.Add(name);
    }

    public void Fail(string name, string why) => wrong.Add($"{name}: {why}");

    /// <summary>A case runs that did not before.</summary>
    public void Gain(string name) => gained.Add(name);

    public int Gained => gained.Count;

    /// <summary>Leaves a case out.</summary>
    public void Leave(string name, string reason) => left.GetOrAdd(reason, _ => []).Add(name);

    /// <summary>Asserts that nothing is wrong and that cases were left out for no reason but those in <paramref name="most"/>, and for each no more often.</summary>
    public void Check(ITestOutputHelper output, IReadOnlyDictionary<string, int> most)
    {
        output.WriteLine($"{loaded} loaded, {compared} compared, {expected} as expected, {wrong.Count} wrong");
        output.WriteLine($"{rounded.Count} not the original's bits: {string.Join(' ', rounded.Order(StringComparer.Ordinal))}");
        if (!gained.IsEmpty) output.WriteLine($"{gained.Count} run that did not before: {string.Join(' ', gained.Order(StringComparer.Ordinal))}");
        foreach (var (reason, names) in left.OrderBy(l => l.Key, StringComparer.Ordinal))
            output.WriteLine($"{names.Count} left out, {reason}: {string.Join(' ', names.Order(StringComparer.Ordinal).Take(400))}");
        Assert.True(wrong.IsEmpty, string.Join('\n', Wrong.Take(60)) + $"\n{wrong.Count} wrong");
        Assert.All(left, l => Assert.True(l.Value.Count <= most.GetValueOrDefault(l.Key), $"{l.Value.Count} left out, more than expected: {l.Key}"));
    }
}
