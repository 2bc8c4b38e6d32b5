namespace Onnxc.Compilation;

/// <summary>Where a compile stands: the stage, what it works on, and the step where there are several (0 of 0 otherwise).</summary>
public sealed record CompileProgress(string Stage, string Detail, int Step, int Steps);
