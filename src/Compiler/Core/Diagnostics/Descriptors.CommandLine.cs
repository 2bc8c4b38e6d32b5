namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor BadCommandLine = new("ONNXC0801", Severity.Error, "{0}",
        "The command line cannot be understood. `onnxc --help` lists the commands, `onnxc COMMAND --help` its arguments and options.");

    public static readonly Descriptor UnknownDiagnostic = new("ONNXC0802", Severity.Error, "no diagnostic has the id `{0}`",
        "Ids look like `ONNXC0104` and stand in brackets in front of messages. `onnxc explain` without an id lists all of them.");

    public static readonly Descriptor FileNotWritable = new("ONNXC0803", Severity.Error, "`{0}` cannot be written: {1}",
        "A result could not be stored. Check the folder, its permissions and the free space.");

    public static readonly Descriptor JsonTarget = new("ONNXC0804", Severity.Error, "`--json` writes files that end in `.json`, found `{0}`",
        "`--json` takes an optional file name, and the word behind it is taken for that. The suffix is demanded so that a model's name "
        + "standing there is not overwritten: write `--json=FILE.json`, or put a bare `--json` last.");

    public static readonly Descriptor MissingOutput = new("ONNXC0805", Severity.Error, "{0} needs an output file",
        "A command that makes a model writes it where `-o` says; it never overwrites its input unasked.");

    public static readonly Descriptor OutputNotStorable = new("ONNXC0806", Severity.Warning, "output `{0}` is no tensor and is not stored: {1}",
        "An .npz file holds tensors only. Sequences, maps and optionals are computed, but left out of the file.");

    public static readonly Descriptor CommandFailed = new("ONNXC0902", Severity.Error, "`onnxc {0}` failed: {1}",
        "The command threw an exception: a bug in onnxc. Report it with the command line and, if possible, the model. "
        + "`ONNXC_TRACE=1` in the environment prints where it happened.");
}
