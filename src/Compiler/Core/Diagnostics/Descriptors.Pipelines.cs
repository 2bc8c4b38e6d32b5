namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor PipelineSyntaxError = new("ONNXC0201", Severity.Error, "unexpected {0}",
        "The pipeline text breaks off from the grammar at the place shown; the help line lists everything that would have been right there. "
        + "A pipeline is a list of steps separated by commas: `name`, `name{option=value, flag}`, `repeat{max=8}(steps)`, `@built-in`, each "
        + "pass optionally followed by `where` and a predicate. Regular expressions are double-quoted; a backslash needs no doubling.");

    public static readonly Descriptor UnknownPass = new("ONNXC0202", Severity.Error, "no pass is named `{0}`",
        "A step names a pass that does not exist. `onnxc passes` lists all of them; built-in pipelines are written with a leading `@`.");

    public static readonly Descriptor UnknownOption = new("ONNXC0203", Severity.Error, "`{0}` has no option `{1}`",
        "A step sets an option that its pass does not have. `onnxc passes NAME` lists a pass's options with their defaults.");

    public static readonly Descriptor BadOptionValue = new("ONNXC0204", Severity.Error, "option `{1}` of `{0}` takes {2}, found `{3}`",
        "The value of an option has the wrong type, is out of the type's range, or is not among the choices. Numbers may end in k, M or G "
        + "(thousand, million, milliard); lists are written in brackets; `flag` alone means `flag=true`.");

    public static readonly Descriptor RepeatedOption = new("ONNXC0205", Severity.Error, "`{0}` sets option `{1}` twice",
        "A step gives the same option two values. Remove one: neither wins silently.");

    public static readonly Descriptor WhereUnsupported = new("ONNXC0206", Severity.Error, "`{0}` cannot be narrowed by `where`",
        "The step works on the whole model, or groups other steps, so a predicate over nodes has no meaning for it. "
        + "Put the predicate on the steps inside a group.");

    public static readonly Descriptor UnknownPipeline = new("ONNXC0207", Severity.Error, "no built-in pipeline is named `@{0}`",
        "`onnxc passes` lists the built-in pipelines after the passes.");

    public static readonly Descriptor PipelineCycle = new("ONNXC0208", Severity.Error, "pipeline `@{0}` includes itself: {1}",
        "Built-in pipelines may use each other, but not in a circle.");

    public static readonly Descriptor PipelineTooDeep = new("ONNXC0209", Severity.Error, "nesting is deeper than {0} levels",
        "Parentheses, brackets, braces and `not` nest too deeply. The limit keeps hostile texts from exhausting the stack; no useful "
        + "pipeline comes near it.");

    public static readonly Descriptor BadPattern = new("ONNXC0210", Severity.Error, "the regular expression is not valid: {0}",
        "Patterns are .NET regular expressions, matched anywhere in the text unless anchored with `^` and `$`, by the engine that does not "
        + "backtrack. Lookaround, backreferences and atomic groups are therefore not available.");

    public static readonly Descriptor BadComparison = new("ONNXC0211", Severity.Error, "`{0}` is compared with {1}, found `{2}`",
        "A condition compares a property of nodes with a value that it can never have: `params` and `depth` take whole numbers, "
        + "`dtype` takes an element type as ONNX text spells it (`float`, `float16`, `int8`, …).");

    public static readonly Descriptor UnmatchedOperator = new("ONNXC0212", Severity.Error, "no node has operator `{0}`",
        "A `where` predicate asks for an operator that the model, as it is when the step begins, does not contain, so the step would "
        + "silently do nothing or too much. Operators outside the default domain are written with it: `com.microsoft.Gelu`.");

    public static readonly Descriptor UnmatchedPattern = new("ONNXC0213", Severity.Error, "no node's {0} matches `{1}`",
        "A `where` predicate asks for names or scopes that the model, as it is when the step begins, does not contain, so the step would "
        + "silently do nothing or too much. `onnxc inspect MODEL` lists the nodes.");

    public static readonly Descriptor UnexpectedBody = new("ONNXC0214", Severity.Error, "`{0}` takes no nested pipeline",
        "Only `repeat` groups steps: `repeat{max=8}(fold-constants, eliminate-dead-code)`.");

    public static readonly Descriptor MissingBody = new("ONNXC0215", Severity.Error, "`{0}` needs a nested pipeline",
        "`repeat` runs the steps in the parentheses behind it until none changes the model: `repeat{max=8}(@basic)`.");

    public static readonly Descriptor OptionsRejected = new("ONNXC0216", Severity.Error, "`{0}` rejects its options: {1}",
        "Each option is valid by itself, but the pass cannot work with their combination.");

    public static readonly Descriptor NoSuchStep = new("ONNXC0217", Severity.Error, "no step of the pipeline runs `{0}`",
        "`--dump-after=PASS` names a pass that the pipeline does not run.");

    public static readonly Descriptor PipelineTooLong = new("ONNXC0218", Severity.Error, "the pipeline has {0} characters, more than {1}",
        "The limit keeps hostile texts from exhausting memory; no useful pipeline comes near it.");

    public static readonly Descriptor PassFailed = new("ONNXC0901", Severity.Error, "`{0}` failed: {1}",
        "A pass threw an exception: a bug in onnxc, not in the model. Report it with the reproducer (the model before the pass, and the "
        + "pipeline text of the one step). Until it is fixed, leave the pass out, or narrow it with `where`.");
}
