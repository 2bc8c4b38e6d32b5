namespace Onnxc.Diagnostics;

/// <summary>Where a diagnostic points: into a model, or into a text.</summary>
public abstract record Location;
