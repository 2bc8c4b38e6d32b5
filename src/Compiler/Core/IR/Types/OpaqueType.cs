namespace Onnxc.IR;

/// <summary>A type that only its domain understands.</summary>
public sealed record OpaqueType(string Domain, string Name) : ValueType
{
    public override bool IsCompatibleWith(ValueType other) => Equals(other);

    public override string ToString() => Domain.Length == 0 ? $"opaque({Name})" : $"opaque({Domain},{Name})";
}
