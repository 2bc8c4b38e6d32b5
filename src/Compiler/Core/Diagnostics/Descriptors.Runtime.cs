namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor ModelNotLoadable = new("ONNXC0501", Severity.Error, "ONNX Runtime cannot load the model: {0}",
        "ONNX Runtime refused the model when a session was opened. The usual reasons are an operator or operator version for which the chosen "
        + "execution provider has no kernel, an element type without a kernel, or a model that breaks the format's rules. The text after the "
        + "colon is ONNX Runtime's. If it names a custom operator, register the library that implements it.");

    public static readonly Descriptor CudaUnavailable = new("ONNXC0502", Severity.Error, "CUDA is not available: {0}",
        "The CUDA execution provider was asked for, and ONNX Runtime cannot start it. The default build carries the CPU package only; build "
        + "with `-p:OnnxRuntime=gpu` and make sure that the CUDA and cuDNN libraries that ONNX Runtime's release names can be found.");

    public static readonly Descriptor ExtensionsMissing = new("ONNXC0503", Severity.Error,
        "the model uses operators of domain `{0}`, and the library that implements them is absent",
        "Operators of `ai.onnx.contrib` (tokenizers, audio and image decoding) are not part of ONNX Runtime; the package "
        + "Microsoft.ML.OnnxRuntime.Extensions brings them. onnxc registers it by itself where it finds it.");

    public static readonly Descriptor RunFailed = new("ONNXC0504", Severity.Error, "the run failed: {0}",
        "ONNX Runtime loaded the model and gave up while running it. Most often the inputs do not fit: extents that contradict each other, "
        + "indices beyond the end of a table, or an extent that the model fixes somewhere inside. The text after the colon is ONNX Runtime's.");

    public static readonly Descriptor RunTimedOut = new("ONNXC0505", Severity.Error, "the run took longer than {0} s and was stopped",
        "A run exceeded its time limit. It is stopped between two nodes, so that a single slow node can overrun. Give it more time, smaller "
        + "inputs, or more threads; a `Loop` that never ends looks the same.");

    public static readonly Descriptor UnknownInput = new("ONNXC0506", Severity.Error, "the model has no input `{0}`",
        "Data was given for a name that is not among the model's inputs. Arrays of an .npz are keyed by input name; `onnxc inspect` lists them.");

    public static readonly Descriptor MissingInput = new("ONNXC0507", Severity.Error, "input `{0}` ({1}) is not fed",
        "Every input without a default needs data. Add an array of that name to the .npz, or a file to the test data folder.");

    public static readonly Descriptor UnknownOutput = new("ONNXC0508", Severity.Error, "the model has no output `{0}`",
        "A result was asked for by a name that is not among the model's outputs. `onnxc inspect` lists them.");

    public static readonly Descriptor InputNotRepresentable = new("ONNXC0509", Severity.Error, "input `{0}` cannot be fed: {1}",
        "ONNX Runtime's programming interface has no way to make some values: empty sequences, optionals that hold nothing, and sparse tensors. "
        + "A model that takes one of these as an input can be compiled, but not be run with it here.");

    public static readonly Descriptor OutputNotReadable = new("ONNXC0510", Severity.Error, "output `{0}` cannot be read: {1}",
        "Results that are sparse, opaque, or larger than 2 GiB cannot be brought out of ONNX Runtime.");

    public static readonly Descriptor CustomOpsNotLoadable = new("ONNXC0511", Severity.Error, "custom-op library `{0}` cannot be loaded: {1}",
        "The library must exist, be built for this machine, and export `RegisterCustomOps`.");

    public static readonly Descriptor RunCanceled = new("ONNXC0512", Severity.Error, "the run was cancelled",
        "The caller asked to stop, by Ctrl+C for instance. Nothing is wrong with the model.");

    public static readonly Descriptor DataNotFound = new("ONNXC0513", Severity.Error, "no data at `{0}`: {1}",
        "DATA is an .npz file whose arrays are keyed by input name with the samples along the first axis, or a folder that holds "
        + "`test_data_set_*` folders with `input_0.pb`, `input_1.pb` … (or such files directly).");

    public static readonly Descriptor MalformedArray = new("ONNXC0514", Severity.Error, "`{0}` is not a readable array file: {1}",
        "The .npy or .npz file breaks the format's rules, or uses what no tensor can hold (objects, structured types). Write it with "
        + "`numpy.savez(path, name=array)`.");

    public static readonly Descriptor DataTooLarge = new("ONNXC0515", Severity.Error, "`{0}` is too large: {1}",
        "A budget protects from files that claim sizes they do not have. Split the data, or raise the budget where the command offers that.");

    public static readonly Descriptor DataMismatch = new("ONNXC0516", Severity.Error, "the data of input `{0}` does not fit: {1}",
        "Element type or extents of an array disagree with what the model declares. An array has one axis more than a sample only when the "
        + "model's first extent does not count samples.");

    public static readonly Descriptor MalformedTestData = new("ONNXC0517", Severity.Error, "`{0}` is not a readable test data file: {1}",
        "Files of a test data set hold one serialized TensorProto, SequenceProto or OptionalProto, whichever the type of the input asks for.");

    public static readonly Descriptor BadShapeOverride = new("ONNXC0518", Severity.Error, "`{0}` is not a shape: {1}",
        "Shapes are written `name:1,3,224,224` for an input, or `symbol=8` for every dimension of that name.");

    public static readonly Descriptor NoInputsWork = new("ONNXC0519", Severity.Error,
        "no generated input is accepted by the model; {0} assignments of its free dimensions were tried",
        "Free dimensions leave open which extents a model accepts. The generator tries a few usual ones. Name yours, as "
        + "`name:1,3,224,224`, or give real data.");

    public static readonly Descriptor InterfacesDiffer = new("ONNXC0520", Severity.Error, "the two models cannot be compared: {0}",
        "A comparison runs both models on the same inputs and pairs outputs by name, so both need the same inputs and at least one common output.");

    public static readonly Descriptor NotComparable = new("ONNXC0521", Severity.Warning, "outputs cannot be compared: {0}",
        "The model draws random numbers without a seed, so that two runs of it differ anyway. Give the random operators a `seed` attribute.");

    public static readonly Descriptor NothingToTime = new("ONNXC0522", Severity.Error, "nothing was timed: {0}",
        "A benchmark needs at least one run, and a model that runs.");
}
