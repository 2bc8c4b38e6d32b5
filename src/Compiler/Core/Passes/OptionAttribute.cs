namespace Onnxc.Passes;

/// <summary>Documents one option of a pass: a property of its nested <c>Options</c> record, named in kebab case.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string help) : Attribute
{
    public string Help { get; } = help;
}
