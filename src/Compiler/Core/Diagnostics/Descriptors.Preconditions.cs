namespace Onnxc.Diagnostics;

public static partial class Descriptors
{
    public static readonly Descriptor OperatorNotConvertible = new("ONNXC0301", Severity.Error,
        "`{0}` ({1}) cannot be converted from opset {2} to {3}: {4} (version {5} of the operator)",
        """
        `convert-opset` found a node whose old form or meaning cannot be expressed at the target version, so that it left the whole model as it
        was. The message names the version of the operator that made the difference; the help line says what to change. A smaller target
        (`convert-opset{to=..}`) may lie before it.
        """);

    public static readonly Descriptor UnknownOperator = new("ONNXC0302", Severity.Error,
        "`{0}` has the operator `{1}`, which opset {2} of the default domain does not have",
        """
        `convert-opset` upgrades only what it knows: an operator that is not in the standard at the model's opset may mean anything, now and
        later. Some runtimes accept operators of their own in the default domain: give these a domain, or define them as local functions.
        """);
}
