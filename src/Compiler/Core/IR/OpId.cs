namespace Onnxc.IR;

/// <summary>
/// Identity of an operator or function. <c>ai.onnx</c> is another spelling of the default domain and is normalised to the empty string.
/// </summary>
public readonly record struct OpId
{
    public OpId(string domain, string name, string overload = "")
    {
        Domain = domain == "ai.onnx" ? "" : domain;
        Name = name;
        Overload = overload;
    }

    public string Domain { get; }
    public string Name { get; }
    public string Overload { get; }

    public bool IsStandard => Domain.Length == 0;

    /// <summary>True for operator <paramref name="name"/> of the default domain.</summary>
    public bool Is(string name) => Domain.Length == 0 && Overload.Length == 0 && Name == name;

    /// <summary><c>Conv</c>, <c>com.microsoft.Gelu</c>, <c>my.domain.F:overload</c>.</summary>
    public override string ToString() =>
        (Domain.Length == 0 ? Name : $"{Domain}.{Name}") + (Overload.Length == 0 ? "" : $":{Overload}");
}
