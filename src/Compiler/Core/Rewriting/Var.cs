namespace Onnxc.Rewriting;

/// <summary>Any value, one of an enclosing graph included. Where it stands twice, both places must hold the same value.</summary>
public sealed class Var : Pattern
{
    internal Var() { }
}
