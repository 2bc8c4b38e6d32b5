using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Onnxc.Diagnostics;
using Onnxc.Runtime;

namespace Onnxc.Cli.Commands;

/// <summary>Options of <c>faults</c>, and the campaign that they describe.</summary>
sealed class FaultsArguments
{
    readonly Option<string?> data = RuntimeOptions.DataOption("An .npz keyed by input name, samples along the first axis, with `labels` if there are any.");

    readonly Option<string?> against = new("--against") { HelpName = "OTHER", Description = "A second model that suffers the same faults, such as a protected one." };

    readonly Option<string?> rates = new("--rates")
    {
        HelpName = "R,R",
        Description = "Shares of the bits that are hit; 1e-7,1e-6,3e-6,1e-5,3e-5 by default.",
    };

    readonly Option<int> trials = new("--trials") { HelpName = "N", Description = "Trials at each rate.", DefaultValueFactory = _ => 50 };
    readonly Option<ulong> seed = new("--seed") { HelpName = "S", Description = "Seed of the faults." };
    readonly Option<string> by = new("--by") { Description = "Hit the whole model at once, or one layer or one bit after the other: model, layer or bit.", DefaultValueFactory = _ => "model" };

    readonly Option<string[]> layers = new("--layers")
    {
        HelpName = "NAME|REGEX",
        Description = "Hit these layers only. May be repeated.",
        DefaultValueFactory = _ => [],
    };

    readonly Option<string> memory = new("--memory") { Description = "Hit weights, or the activations that layers with weights give: weights or activations.", DefaultValueFactory = _ => "weights" };
    readonly Option<string> kind = new("--kind") { Description = "What a fault does to its bit: flip, stuck-at-0 or stuck-at-1.", DefaultValueFactory = _ => "flip" };

    readonly Option<string> sampler = new("--sampler")
    {
        Description = "How many bits are hit: binomial, exact (of the whole memory) or toolbox (of each tensor, rounded down).",
        DefaultValueFactory = _ => "binomial",
    };

    readonly Option<string> codec = new("--codec")
    {
        Description = "How float32 numbers lie in memory: ieee, fixed-point (1, 15, 16 bits) or toolbox (no infinities and NaN).",
        DefaultValueFactory = _ => "ieee",
    };

    readonly Option<int?> bit = new("--bit") { HelpName = "B", Description = "Hit this bit of the elements only, 0 for the least significant one." };
    readonly Option<double?> until = new("--until") { HelpName = "W", Description = "Stop at a rate once the 95 % interval reaches W or less to either side." };
    readonly Option<string?> shard = new("--shard") { HelpName = "I/N", Description = "Make the I-th of every N trials; `faults merge` puts ledgers together." };
    readonly Option<string?> ledger = new("--ledger") { HelpName = "FILE", Description = "Write trials here as they end, and go on from what is there." };
    readonly Option<string> metric = new("--metric") { Description = "auto, or accuracy to insist on labels.", DefaultValueFactory = _ => "auto" };
    readonly Option<int> batch = new("--batch") { HelpName = "N", Description = "Samples per run, where the model leaves that open.", DefaultValueFactory = _ => 50 };
    readonly Option<int?> limit = new("--limit") { HelpName = "N", Description = "Take the first N samples." };
    readonly Option<int?> threads = new("--threads") { HelpName = "N", Description = "Trials at the same time; all cores by default." };
    readonly Option<string?> report = new("--report") { HelpName = "R.html", Description = "Write a report for people, with curves." };
    readonly Option<bool> quiet = new("--quiet", "-q") { Description = "Show errors and warnings only." };

    public FaultsArguments(Command command)
    {
        by.AcceptOnlyFromAmong("model", "layer", "bit");
        memory.AcceptOnlyFromAmong("weights", "activations");
        kind.AcceptOnlyFromAmong("flip", "stuck-at-0", "stuck-at-1");
        sampler.AcceptOnlyFromAmong("binomial", "exact", "toolbox");
        codec.AcceptOnlyFromAmong("ieee", "fixed-point", "toolbox");
        metric.AcceptOnlyFromAmong("auto", "accuracy");
        foreach (var option in new Option[] { data, against, rates, trials, seed, by, layers, memory, kind, sampler, codec, bit, until, shard, ledger, metric, batch, limit, threads, report, quiet })
            command.Add(option);
    }

    public string Data(ParseResult parsed) => parsed.GetValue(data)!;

    public string? Against(ParseResult parsed) => parsed.GetValue(against);

    public string? Report(ParseResult parsed) => parsed.GetValue(report);

    public bool IsQuiet(ParseResult parsed) => parsed.GetValue(quiet);

    public bool NeedsLabels(ParseResult parsed) => parsed.GetValue(metric) == "accuracy";

    public string? Ledger(ParseResult parsed, bool isFirst) => parsed.GetValue(ledger) is { } file ? isFirst ? file : file + ".against" : null;

    /// <summary>The campaign that is asked for, or what is wrong with it.</summary>
    public Result<FaultOptions> Read(ParseResult parsed)
    {
        if (parsed.GetValue(data) is null) return Fail("`faults` needs `--data DATA`");
        var list = Rates(parsed.GetValue(rates));
        if (list is null) return Fail("`--rates` takes shares from 0 to 1, such as `1e-6,1e-5`");
        if (parsed.GetValue(trials) < 1) return Fail("`--trials` takes a number from 1");
        if (parsed.GetValue(batch) < 1) return Fail("`--batch` takes a number from 1");
        if (parsed.GetValue(limit) < 1) return Fail("`--limit` takes a number from 1");
        if (parsed.GetValue(threads) < 1) return Fail("`--threads` takes a number from 1");
        if (parsed.GetValue(bit) is < 0 or > 63) return Fail("`--bit` takes a number from 0 to 63");
        if (parsed.GetValue(until) is { } width && !(width > 0)) return Fail("`--until` takes a number above 0");
        if (ShardText.Parse(parsed.GetValue(shard)) is not { } part) return Fail(ShardText.Problem);
        if (part.Count > 1 && parsed.GetValue(until) is not null) return Fail("`--until` looks at all trials, and a shard has but some: leave one of the two out");
        var defaults = new FaultOptions();
        return Result<FaultOptions>.Ok(defaults with
        {
            Rates = list.Value.IsEmpty ? defaults.Rates : list.Value,
            Trials = parsed.GetValue(trials),
            Seed = parsed.GetValue(seed),
            Scope = Choice<FaultScope>(parsed.GetValue(by)!),
            Layers = [.. parsed.GetValue(layers)!],
            Memory = Choice<FaultyMemory>(parsed.GetValue(memory)!),
            Faults = new()
            {
                Kind = Choice<FaultKind>(parsed.GetValue(kind)!),
                Sampler = Choice<FaultSampler>(parsed.GetValue(sampler)!),
                Codec = Choice<FaultCodec>(parsed.GetValue(codec)!),
                Bit = parsed.GetValue(bit),
            },
            Until = parsed.GetValue(until),
            Shard = part.Index,
            Shards = part.Count,
            Batch = parsed.GetValue(batch),
            Limit = parsed.GetValue(limit) ?? int.MaxValue,
            Threads = parsed.GetValue(threads) ?? defaults.Threads,
        });
    }

    // Empty when nothing was asked for, null when it makes no sense.
    static ImmutableArray<double>? Rates(string? text)
    {
        if (text is null) return [];
        var rates = new SortedSet<double>();
        foreach (var part in text.Split(','))
        {
            if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) || !(rate is >= 0 and <= 1)) return null;
            rates.Add(rate);
        }
        return [.. rates];
    }

    static T Choice<T>(string word) where T : struct, Enum => Enum.Parse<T>(word.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);

    static Result<FaultOptions> Fail(string message) => Result<FaultOptions>.Fail(Diagnostic.Create(Descriptors.BadCommandLine, null, message));
}
