using System.Globalization;
using Onnxc.IR;

namespace Onnxc.Passes.Outline;

/// <summary>
/// Makes a local function of each connected block of nodes that stands in several places, and calls of it there: the layers of a
/// transformer, and then what repeats within them. Blocks are equal up to the values that flow in; weights stay where they are and flow in as
/// well. The reverse of <c>inline-functions</c>, which ONNX Runtime applies when it loads a model.
/// </summary>
[Pass("extract-functions", "body of f, several times -> f(x), f(y), …, for new local functions f")]
public sealed class ExtractFunctions(ExtractFunctions.Options options) : ModelPass
{
    // A function of functions of functions: beyond that nothing is left to find in any model.
    const int MostRounds = 8;

    // Local functions came with version 8 of the format.
    const long FirstWithFunctions = 8;

    const string Domain = "local";

    public sealed record Options
    {
        [Option("Fewest nodes of a block.")] public long MinNodes { get; init; } = 8;
        [Option("Fewest places where a block stands.")] public long MinRepeats { get; init; } = 2;
        [Option("Most bytes of a constant that becomes part of a function when it is the same everywhere.")] public long MaxConstant { get; init; } = 64;
    }

    public override void Run(Model model, PassContext cx)
    {
        var changed = cx.Changed;
        for (var round = 0; round < MostRounds; round++)
        {
            var before = cx.Changed;
            // What stays is the same in every round, and counted once.
            ExtractOnce(model, cx, report: round == 0);
            if (cx.Changed == before) break;
        }
        if (cx.Changed == changed) cx.Skip("no block of nodes repeats");
    }

    void ExtractOnce(Model model, PassContext cx, bool report)
    {
        // Exporters write layer after layer, mostly; where they do not, an order that follows the data does better.
        var blocks = new[] { Choose(new(model, cx, depthFirst: true, report)), Choose(new(model, cx, depthFirst: false, report: false)) }.MaxBy(b => b.Sum(c => c.Saving))!;
        var nodeNames = model.AllNodes().Select(n => n.Name ?? "").ToHashSet(StringComparer.Ordinal);
        var used = model.AllNodes().Where(n => n.Op.Domain == Domain).Select(n => n.Op.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var block in blocks)
        {
            var names = new BlockNames(block, nodeNames);
            var id = FreeId(model, names.OfFunction(), used);
            if (!cx.TryStep(block.NodeAt(0, block.Offsets[0]), string.Create(CultureInfo.InvariantCulture, $"make {block.Starts.Count} blocks calls of `{id}`"))) continue;
            model.RaiseIrVersion(FirstWithFunctions);
            new BlockFunction(block, names, id, options.MaxConstant).Extract();
        }
        // Runs that were chosen need not have been neighbours in the file.
        foreach (var body in model.Bodies()) GraphOrder.Sort(body);
    }

    /// <summary>Blocks that do not overlap, the best first.</summary>
    List<Block> Choose(NodeSequence nodes)
    {
        var (least, repeats) = ((int)Math.Clamp(options.MinNodes, 2, int.MaxValue), (int)Math.Clamp(options.MinRepeats, 2, int.MaxValue));
        var finder = new RepeatFinder(nodes, least, repeats);
        var taken = new bool[nodes.Count];
        var chosen = new List<Block>();
        foreach (var repeat in finder.Find())
        {
            var free = repeat with { Starts = [.. repeat.Starts.Where(s => IsFree(s, repeat.Length))] };
            if (free.Starts.Count < repeats) continue;
            var best = finder.AtBestBoundary(free, r => new Block(nodes, r).Crossing(r.Starts.Count / 2));
            var block = new Block(nodes, best.Starts.All(s => IsFree(s, best.Length)) ? best : free);
            if (block.Offsets.Count < least || block.Saving <= 0) continue;
            chosen.Add(block);
            for (var i = 0; i < block.Starts.Count; i++)
                foreach (var position in block.Positions(i)) taken[position] = true;
        }
        return chosen;

        bool IsFree(int start, int length) => !taken.AsSpan(start, length).Contains(true);
    }

    static OpId FreeId(Model model, string? name, HashSet<string> used)
    {
        for (var i = 1; ; i++)
        {
            var numbered = name is not null && i == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name ?? "Block"}_{i}");
            var id = new OpId(Domain, numbered);
            if (model.Functions[id] is null && used.Add(numbered)) return id;
        }
    }
}
