using System.Globalization;
using System.Text;

namespace Onnxc.Passes;

/// <summary>What one step did, over all its runs when it stands in a <c>repeat</c>.</summary>
public sealed record PassReport(string Pass, string Step, string? Origin, Numerics Numerics)
{
    public int Runs { get; init; }

    /// <summary>Changes made.</summary>
    public int Changed { get; init; }

    /// <summary>Changes that the caller forbade.</summary>
    public long Denied { get; init; }

    /// <summary>Candidates that the last run left alone, by reason.</summary>
    public IReadOnlyDictionary<string, int> Skipped { get; init; } = new Dictionary<string, int>();

    /// <summary>Steps that do without a search what this one did; null where it did not search. Empty where nothing is left of it.</summary>
    public string? Resolved { get; init; }

    /// <summary>The changes in order, of all runs; empty unless <see cref="RunnerOptions.RecordChanges"/> asked for them.</summary>
    public IReadOnlyList<PassChange> Changes { get; init; } = [];

    /// <summary>Nodes of all bodies before the first run, and what this step alone made of that number.</summary>
    public int NodesBefore { get; init; }

    public int NodesAfter { get; init; }

    public double Milliseconds { get; init; }

    /// <summary>True when the model's revision moved, whatever the pass counted.</summary>
    public bool ModelChanged { get; init; }

    /// <summary>
    /// The coverage line: <c>fold-constants: 12 changed, 3 skipped (2 too large, 1 not deterministic), 120 -> 108 nodes</c>.
    /// Without times, so that the same compile gives the same text.
    /// </summary>
    public string Coverage
    {
        get
        {
            var text = new StringBuilder(Pass).Append(": ");
            // A pass that edits without counting must not look as if it had done nothing.
            if (Changed == 0 && ModelChanged) text.Append("changed");
            else text.Append(CultureInfo.InvariantCulture, $"{Changed} changed");
            if (Denied > 0) text.Append(CultureInfo.InvariantCulture, $", {Denied} denied");
            if (Skipped.Count > 0)
            {
                var reasons = Skipped.OrderByDescending(s => s.Value).ThenBy(s => s.Key, StringComparer.Ordinal)
                    .Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Value} {s.Key}"));
                text.Append(CultureInfo.InvariantCulture, $", {Skipped.Values.Sum()} skipped ({string.Join(", ", reasons)})");
            }
            if (NodesAfter != NodesBefore) text.Append(CultureInfo.InvariantCulture, $", {NodesBefore} -> {NodesAfter} nodes");
            if (Runs > 1) text.Append(CultureInfo.InvariantCulture, $", {Runs} runs");
            return text.ToString();
        }
    }
}
