namespace Onnxc.Rewriting;

/// <summary>
/// What a value must look like for a rule to match. Immutable, told apart by identity: a field of the rule is also its binding.
/// </summary>
public abstract class Pattern
{
    private protected Pattern() { }
}
