using System.Diagnostics;
using System.Globalization;

namespace Onnxc.Cli.Output;

/// <summary>Tells how far counted work is and when it will be done, at most once for every percent.</summary>
sealed class EtaLine(string what, Action<string> say)
{
    readonly Stopwatch watch = Stopwatch.StartNew();
    int shown = -1;

    public void Show(int done, int all)
    {
        var percent = (int)(100L * done / Math.Max(1, all));
        if (percent == shown) return;
        shown = percent;
        var left = TimeSpan.FromSeconds(watch.Elapsed.TotalSeconds * (all - done) / Math.Max(1, done));
        say(string.Create(CultureInfo.InvariantCulture, $"{what} [{done}/{all}], {left:hh\\:mm\\:ss} left"));
    }
}
