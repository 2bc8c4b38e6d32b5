using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Onnxc.Diagnostics;

namespace Onnxc.Runtime;

/// <summary>
/// A ledger as lines of JSON: what the campaign is, then <c>[target, rate, trial, right, same, hits]</c> for each trial as it ends, so that what was
/// written before a crash is of use.
/// </summary>
public static class FaultLedgerFile
{
    const string Kind = "onnxc-faults";
    const int Version = 1;

    public static Result<FaultLedger> Read(string path)
    {
        try
        {
            var lines = File.ReadLines(path).GetEnumerator();
            if (!lines.MoveNext() || JsonNode.Parse(lines.Current) is not JsonObject header || (string?)header["kind"] != Kind) return Unreadable(path, "it does not begin with a line about the campaign");
            if ((int)header["version"]! != Version) return Unreadable(path, "it comes from another version");
            var ledger = new FaultLedger
            {
                Identity = ulong.Parse((string)header["identity"]!, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                Targets = [.. header["targets"]!.AsArray().Select(t => (string)t!)],
                Rates = [.. header["rates"]!.AsArray().Select(r => (double)r!)],
                Decisions = (int)header["decisions"]!,
                Right = (int?)header["right"],
                Bits = (long)header["bits"]!,
            };
            while (lines.MoveNext())
                // The last line may have been cut short.
                if (Trial(lines.Current, ledger) is { } entry) ledger.Add(entry.Place, entry.Trial);
            return Result<FaultLedger>.Ok(ledger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unreadable(path, e.Message);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException or ArgumentNullException or OverflowException)
        {
            return Unreadable(path, "its first line is malformed");
        }
    }

    /// <summary>The line that a file begins with.</summary>
    public static string Header(FaultLedger ledger) => new JsonObject
    {
        ["kind"] = Kind,
        ["version"] = Version,
        ["identity"] = ledger.Identity.ToString("x16", CultureInfo.InvariantCulture),
        ["targets"] = new JsonArray([.. ledger.Targets.Select(t => (JsonNode)t)]),
        ["rates"] = new JsonArray([.. ledger.Rates.Select(r => (JsonNode)r)]),
        ["decisions"] = ledger.Decisions,
        ["right"] = ledger.Right,
        ["bits"] = ledger.Bits,
    }.ToJsonString();

    /// <summary>The line of one trial.</summary>
    public static string Line((int Target, int Rate, int Trial) place, FaultTrial trial) =>
        string.Create(CultureInfo.InvariantCulture, $"[{place.Target},{place.Rate},{place.Trial},{trial.Right ?? -1},{trial.Same},{trial.Hits}]");

    /// <summary>Writes a whole ledger. Returns what went wrong, or null.</summary>
    public static Diagnostic? Write(string path, FaultLedger ledger)
    {
        try
        {
            File.WriteAllLines(path, [Header(ledger), .. ledger.Trials.Select(t => Line(t.Key, t.Value))]);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Diagnostic.Create(Descriptors.FileNotWritable, null, path, e.Message);
        }
    }

    static ((int, int, int) Place, FaultTrial Trial)? Trial(string line, FaultLedger ledger)
    {
        var parts = line.Trim('[', ']').Split(',');
        if (parts.Length != 6 || !line.EndsWith(']')) return null;
        var numbers = new long[parts.Length];
        for (var i = 0; i < parts.Length; i++)
            if (!long.TryParse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out numbers[i])) return null;
        if (numbers[0] < 0 || numbers[0] >= ledger.Targets.Length || numbers[1] < 0 || numbers[1] >= ledger.Rates.Length) return null;
        return (((int)numbers[0], (int)numbers[1], (int)numbers[2]), new(ledger.Right is null ? null : (int)numbers[3], (int)numbers[4], numbers[5]));
    }

    static Result<FaultLedger> Unreadable(string path, string reason) => Result<FaultLedger>.Fail(Diagnostic.Create(Descriptors.LedgerNotReadable, null, path, reason));
}
