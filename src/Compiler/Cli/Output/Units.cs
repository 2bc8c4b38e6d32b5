using System.Globalization;

namespace Onnxc.Cli.Output;

/// <summary>Numbers for people.</summary>
static class Units
{
    /// <summary><c>1,234,567</c>.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary><c>97.8 MiB</c>; exact below 1 KiB.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1024 && unit < units.Length - 1; unit++) value /= 1024;
        return unit == 0 ? $"{bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {units[unit]}");
    }

    /// <summary><c>+12</c>, <c>-3</c>, nothing when equal.</summary>
    public static string Difference(long before, long after) =>
        after == before ? "" : (after - before).ToString("+#,0;-#,0", CultureInfo.InvariantCulture);

    /// <summary>Four significant digits, exponent only where it helps.</summary>
    public static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary><c>3.21 ms</c>.</summary>
    public static string Milliseconds(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.00} ms");
}
