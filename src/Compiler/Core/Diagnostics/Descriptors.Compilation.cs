namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor WrongChange = new("ONNXC0701", Severity.Warning,
        "`{0}` made a wrong change ({1}), which was taken back: {2}",
        "The differential check ran the original and the compiled model on the same inputs and got different outputs. Bisection found the change that made the difference; the model was compiled without it and is correct. This is a bug of the pass: please report it with the model.");

    public static readonly Descriptor WrongChangeStrict = new("ONNXC0702", Severity.Error,
        "`{0}` made a wrong change ({1}): {2}",
        "The differential check ran the original and the compiled model on the same inputs and got different outputs. Under `--strict` nothing is written; without it, the change is taken back and the compile goes on. This is a bug of the pass: please report it with the model.");

    public static readonly Descriptor ResultDiffers = new("ONNXC0703", Severity.Error,
        "the compiled model differs from the original: {0}",
        "The differential check found a difference, but not the change that made it, within its time. Nothing was written. Raise `--check-seconds`, narrow the pipeline, or use `--stop-after` to bisect by hand.");

    public static readonly Descriptor CheckImpossible = new("ONNXC0704", Severity.Warning,
        "the result could not be checked against the original: {0}",
        "The check runs both models in ONNX Runtime on generated inputs. It cannot when the original does not load there (an operator or type without a kernel, a custom library), takes longer than the check's budget, or draws random numbers. The result has passed the verifier only; check it with `onnxc compare` on data of your own.");

    public static readonly Descriptor FusionLost = new("ONNXC0705", Severity.Warning,
        "ONNX Runtime fuses less in the result than in the original: {0}",
        "ONNX Runtime fuses patterns of operators when it loads a model. The check counts what it fuses in the original and in the result; it fuses less here, has more nodes to run than for the original, and compiling again without changing those patterns did not help. The result is correct, but may be slower: compare it with `onnxc bench`, narrow the pipeline, or begin it with `apply-runtime-fusions`.");

    public static readonly Descriptor RoundsTooMuch = new("ONNXC0706", Severity.Warning,
        "`{0}` made a change ({1}) that moves the outputs further than rounding explains, which was taken back: {2}",
        "The pass may round differently, and the check allows for that: some units in the last place, and a multiple of what ONNX Runtime's own optimisations move the original. This model amplifies the difference beyond it, for example where it divides by a variance near zero. The model was compiled without the change. If the difference does not matter to you, compare both with `onnxc compare` on data of your own and use `--no-check`.");
}
