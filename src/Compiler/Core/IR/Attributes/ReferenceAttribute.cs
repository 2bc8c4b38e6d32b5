namespace Onnxc.IR;

/// <summary>
/// In a function body: the attribute takes the value of parameter <see cref="Parameter"/>. Reading it yields "unknown", so that rules
/// decline instead of guessing.
/// </summary>
public sealed class ReferenceAttribute(string parameter, AttributeKind kind) : AttributeValue(kind)
{
    public string Parameter { get; } = parameter;
    public override bool Equals(AttributeValue? other) => other is ReferenceAttribute a && a.Kind == Kind && a.Parameter == Parameter;
    public override int GetHashCode() => Parameter.GetHashCode(StringComparison.Ordinal);
}
