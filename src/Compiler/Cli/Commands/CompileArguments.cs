using System.CommandLine;
using Onnxc.Calibration;
using Onnxc.Cli.Output;
using Onnxc.Compilation;
using Onnxc.Diagnostics;
using Onnxc.Runtime;
using Onnxc.Serialization;

namespace Onnxc.Cli.Commands;

/// <summary>Arguments and options of <c>compile</c>, and the compile that they describe.</summary>
sealed class CompileArguments
{
    readonly Argument<string> input = new("IN") { Description = "The model to read." };
    readonly Option<string?> output = new("--output", "-o") { HelpName = "OUT", Description = "Where to write the result." };

    readonly Option<string?> pipeline = new("--pipeline", "-p")
    {
        HelpName = "PIPELINE",
        Description = "Steps to run; @default without -p and -f.",
    };

    readonly Option<string?> pipelineFile = new("--pipeline-file", "-f")
    {
        HelpName = "FILE.onnxc",
        Description = "File with the steps to run.",
    };

    readonly Option<string?> data = RuntimeOptions.DataOption("Samples for passes that learn from them: an .npz keyed by input name, or a folder of ONNX test_data_set_*.");

    readonly Option<string?> calibration = new("--calibration")
    {
        HelpName = "T.calib",
        Description = "A table of `onnxc calibrate`, for passes that need no more than that of the samples.",
    };

    readonly Option<int?> dataLimit = new("--data-limit") { HelpName = "N", Description = "Take N samples at most." };

    readonly Option<double?> maxDrop = new("--max-drop")
    {
        HelpName = "SHARE",
        Description = "Share of right answers that approximate passes may lose on DATA; 0.003 by default.",
    };

    readonly Option<double?> minSpeedup = new("--min-speedup")
    {
        HelpName = "X",
        Description = "How many times as fast approximate passes must make the model; 1 by default.",
    };

    readonly Option<bool> noGates = new("--no-gates") { Description = "Keep approximate changes whatever they cost." };

    readonly Option<string?> report = new("--report") { HelpName = "R.html", Description = "Write a report for people." };

    readonly Option<string?> resolved = new("--resolved")
    {
        HelpName = "FILE.onnxc",
        Description = "Write the pipeline with what searches decided: with the same data and --no-gates it makes the same model.",
    };

    readonly Option<string?> dumpAfter = new("--dump-after")
    {
        HelpName = "PASS",
        Description = "Write the model as text after PASS, or after every pass, where it changed something.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    readonly Option<string?> dumpFolder = new("--dump-dir") { HelpName = "DIR", Description = "Folder for dumps; OUT.dumps by default." };
    readonly Option<long?> stopAfter = new("--stop-after") { HelpName = "N", Description = "Make N changes and no more." };

    readonly Option<string?> explainRule = new("--explain-rule")
    {
        HelpName = "NAME",
        Description = "Show where a rule matched, and where and why it came near.",
    };

    readonly Option<bool> noCheck = new("--no-check") { Description = "Do not run the result beside the original." };
    readonly Option<bool> strict = new("--strict") { Description = "Fail when a change is wrong, instead of taking it back." };

    readonly Option<double?> checkSeconds = new("--check-seconds")
    {
        HelpName = "S",
        Description = "Time for one run of a model in the check.",
    };

    readonly Option<string> externalData = new("--external-data")
    {
        Description = "Weights in a second file: auto, always or never.",
        DefaultValueFactory = _ => "auto",
    };

    readonly Option<ulong> seed = new("--seed") { HelpName = "S", Description = "Seed of the check's inputs." };

    readonly Option<string[]> shapes = new("--shape")
    {
        HelpName = "NAME:D,D|SYMBOL=D",
        Description = "Shape of an input, or extent of a symbol, for the check. May be repeated.",
        DefaultValueFactory = _ => [],
    };

    readonly Option<bool> dryRun = new("--dry-run") { Description = "Show what every pass would change, and check it, but write nothing." };
    readonly Option<bool> verbose = new("--verbose", "-v") { Description = "Show steps that changed nothing, and times." };
    readonly Option<bool> quiet = new("--quiet", "-q") { Description = "Show errors and warnings only." };

    public void AddTo(Command command)
    {
        externalData.AcceptOnlyFromAmong("auto", "always", "never");
        command.Add(input);
        foreach (var option in new Option[]
        {
            output, pipeline, pipelineFile, data, calibration, dataLimit, maxDrop, minSpeedup, noGates, report, resolved, dumpAfter, dumpFolder, stopAfter, explainRule, noCheck, strict, checkSeconds, externalData,
            seed, shapes, dryRun, verbose, quiet,
        }) command.Add(option);
    }

    public bool IsQuiet(ParseResult arguments) => arguments.GetValue(quiet);

    public bool IsVerbose(ParseResult arguments) => arguments.GetValue(verbose);

    public string? ReportFile(ParseResult arguments) => arguments.GetValue(report);

    public string? ResolvedFile(ParseResult arguments) => arguments.GetValue(resolved);

    /// <summary>Null when nothing is to be dumped.</summary>
    public string? DumpFolder(ParseResult arguments) =>
        arguments.GetResult(dumpAfter) is null ? null : arguments.GetValue(dumpFolder) ?? $"{Target(arguments)}.dumps";

    /// <summary>The compile that is asked for, or what is wrong with it.</summary>
    public Result<CompileOptions> Read(ParseResult arguments, DumpWriter dumps)
    {
        if (arguments.GetValue(output) is null && !arguments.GetValue(dryRun)) return Fail(Descriptors.MissingOutput, "`compile`");
        var (text, file) = (arguments.GetValue(pipeline), arguments.GetValue(pipelineFile));
        if (text is not null && file is not null) return Fail(Descriptors.BadCommandLine, "`--pipeline` and `--pipeline-file` exclude each other");
        if (arguments.GetValue(stopAfter) < 0) return Fail(Descriptors.BadCommandLine, "`--stop-after` takes a number from 0");
        if (arguments.GetValue(checkSeconds) is { } seconds && !(seconds > 0 && seconds < TimeSpan.MaxValue.TotalSeconds / 100))
            return Fail(Descriptors.BadCommandLine, "`--check-seconds` takes a number above 0");
        if (arguments.GetValue(maxDrop) is < 0 or > 1) return Fail(Descriptors.BadCommandLine, "`--max-drop` takes a share from 0 to 1");
        if (arguments.GetValue(minSpeedup) < 0) return Fail(Descriptors.BadCommandLine, "`--min-speedup` takes a number from 0");
        if (arguments.GetValue(dataLimit) < 1) return Fail(Descriptors.BadCommandLine, "`--data-limit` takes a number from 1");
        if (file is not null)
        {
            var read = TextFile.Read(file);
            if (!read.IsOk) return Result<CompileOptions>.Fail(read.Diagnostics);
            text = read.Value;
        }
        var overrides = ShapeOverrides.Parse(arguments.GetValue(shapes)!);
        if (!overrides.IsOk) return Result<CompileOptions>.Fail(overrides.Diagnostics);
        var defaults = new CompileOptions { Input = arguments.GetRequiredValue(input), Output = Target(arguments) };
        return Result<CompileOptions>.Ok(defaults with
        {
            Pipeline = text ?? defaults.Pipeline,
            PipelineFile = file,
            CalibrationTable = arguments.GetValue(calibration),
            Data = arguments.GetValue(data),
            Gates = arguments.GetValue(noGates) ? null : Gates(arguments),
            DataLimit = arguments.GetValue(dataLimit) ?? int.MaxValue,
            Write = defaults.Write with { ExternalData = Enum.Parse<ExternalDataMode>(arguments.GetValue(externalData)!, ignoreCase: true) },
            Check = !arguments.GetValue(noCheck),
            Strict = arguments.GetValue(strict),
            CheckBudget = arguments.GetValue(checkSeconds) is { } budget ? TimeSpan.FromSeconds(budget) : defaults.CheckBudget,
            Seed = arguments.GetValue(seed),
            Shapes = overrides.Value,
            StopAfter = arguments.GetValue(stopAfter) ?? long.MaxValue,
            ExplainRule = arguments.GetValue(explainRule),
            Dump = arguments.GetResult(dumpAfter) is null ? null : dumps.Write,
            DumpAfter = arguments.GetValue(dumpAfter),
            DryRun = arguments.GetValue(dryRun),
        });
    }

    QualityGates Gates(ParseResult arguments)
    {
        var defaults = new QualityGates();
        return defaults with
        {
            MaxDrop = arguments.GetValue(maxDrop) ?? defaults.MaxDrop,
            MinSpeedup = arguments.GetValue(minSpeedup) ?? defaults.MinSpeedup,
        };
    }

    // A dry run stages its result too, so it needs a place; the system's temporary folder is one that nobody looks at.
    string Target(ParseResult arguments) =>
        arguments.GetValue(output) ?? Path.Combine(Path.GetTempPath(), Path.GetFileName(arguments.GetRequiredValue(input)));

    static Result<CompileOptions> Fail(Descriptor descriptor, string message)
    {
        var help = descriptor == Descriptors.MissingOutput ? "add `-o OUT.onnx`, or `--dry-run` to write nothing" : null;
        return Result<CompileOptions>.Fail(Diagnostic.Create(descriptor, null, message) with { Help = help });
    }
}
